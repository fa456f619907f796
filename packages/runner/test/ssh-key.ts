import type { KeyObject } from "node:crypto";

/** A private key in OpenSSH's form with the given public part, in base64 or of a key of Node's; its private part is made up. */
export function anOpenSshKey(options: {
  readonly publicPart?: string;
  readonly publicKey?: KeyObject;
  readonly cipher?: string;
}): string {
  const { publicKey, cipher = "none" } = options;
  const part =
    publicKey === undefined ? Buffer.from(options.publicPart ?? "", "base64") : sshPublicPart(publicKey);
  const one = Buffer.alloc(4);
  one.writeUInt32BE(1);
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[cipher, cipher === "none" ? "none" : "bcrypt", ""].map((text) => string(Buffer.from(text))),
    one,
    string(part),
    string(Buffer.from("made up: not even the s3cret part of a key")),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g)!;
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** What stands in a line of `authorized_keys`: Node writes it from the key's own bytes. */
function sshPublicPart(key: KeyObject): Buffer {
  const spki = key.export({ format: "der", type: "spki" });
  const jwk = key.export({ format: "jwk" });
  const bytes = (name: string): Buffer => Buffer.from(String(jwk[name]), "base64url");
  const kind = (text: string): Buffer => string(Buffer.from(text));
  if (key.asymmetricKeyType === "ed25519")
    return Buffer.concat([kind("ssh-ed25519"), string(spki.subarray(-32))]);
  if (key.asymmetricKeyType === "ec")
    return Buffer.concat([kind("ecdsa-sha2-nistp384"), kind("nistp384"), string(spki.subarray(-97))]);
  const modulus = Buffer.concat([Buffer.of(0), bytes("n")]);
  return Buffer.concat([kind("ssh-rsa"), string(bytes("e")), string(modulus)]);
}

function string(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}
