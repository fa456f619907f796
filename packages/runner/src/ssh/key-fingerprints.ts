import { createHash, createPrivateKey, createPublicKey } from "node:crypto";

/** The two forms that people know a key by: `MD5` as pairs of hex digits, and `SHA256:` with base64 without padding. */
export interface Fingerprints {
  readonly md5: string;
  readonly sha256: string;
}

/** Why a key is of no use here. */
export type UnusableKey = "not-a-key" | "locked";

/** The fingerprints of a private key, in OpenSSH's own form or in PEM. */
export function keyFingerprints(text: string): Fingerprints | UnusableKey {
  const blob = publicPart(text);
  if (typeof blob === "string") return blob;
  const digest = createHash("md5").update(blob).digest("hex");
  return {
    md5: digest.match(/../g)!.join(":"),
    sha256: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
  };
}

function publicPart(text: string): Buffer | UnusableKey {
  if (text.includes("BEGIN OPENSSH PRIVATE KEY")) return ofOpenSsh(text);
  if (/^Proc-Type: 4,ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY/m.test(text)) return "locked";
  try {
    return ofPem(text);
  } catch {
    // Node's own words may tell of the content.
    return "not-a-key";
  }
}

const magic = "openssh-key-v1\0";

/** The public part stands in the clear before the private one, which is locked unless its cipher is `none`. */
function ofOpenSsh(text: string): Buffer | UnusableKey {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(text)?.[1] ?? "";
  const bytes = Buffer.from(body, "base64");
  if (bytes.toString("latin1", 0, magic.length) !== magic) return "not-a-key";
  let at = magic.length;
  const next = (): Buffer => {
    const size = bytes.readUInt32BE(at);
    const value = bytes.subarray(at + 4, at + 4 + size);
    if (value.length !== size) throw new RangeError("it is cut off");
    at += 4 + size;
    return value;
  };
  try {
    if (next().toString("latin1") !== "none") return "locked";
    next();
    next();
    if (bytes.readUInt32BE(at) !== 1) return "not-a-key";
    at += 4;
    return next();
  } catch (thrown) {
    if (thrown instanceof RangeError) return "not-a-key";
    throw thrown;
  }
}

const curves: Readonly<Record<string, string>> = {
  "P-256": "nistp256",
  "P-384": "nistp384",
  "P-521": "nistp521",
};

function ofPem(text: string): Buffer | UnusableKey {
  const jwk = createPublicKey(createPrivateKey(text)).export({ format: "jwk" });
  const part = (name: string): Buffer => Buffer.from(String(jwk[name]), "base64url");
  if (jwk.kty === "RSA") return wire(Buffer.from("ssh-rsa"), positive(part("e")), positive(part("n")));
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") return wire(Buffer.from("ssh-ed25519"), part("x"));
  const curve = jwk.kty === "EC" ? curves[String(jwk.crv)] : undefined;
  if (curve === undefined) return "not-a-key";
  const point = Buffer.concat([Buffer.of(4), part("x"), part("y")]);
  return wire(Buffer.from(`ecdsa-sha2-${curve}`), Buffer.from(curve), point);
}

/** A first bit of 1 would make it negative. */
function positive(number: Buffer): Buffer {
  return number[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), number]) : number;
}

function wire(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(part.length);
      return [size, part];
    }),
  );
}
