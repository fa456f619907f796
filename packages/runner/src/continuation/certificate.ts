import { createHash, sign, type KeyObject } from "node:crypto";

/** What a certificate says. An authority may sign for the names alone; a server is one of them. */
export interface CertificateWords {
  readonly kind: "authority" | "server";
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly signedBy: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly issuer: string;
  readonly from: Date;
  readonly until: Date;
}

const serverAuthentication = "1.3.6.1.5.5.7.3.1";

/** An X.509 certificate (RFC 5280) as PEM, signed with ECDSA on SHA-256. Node reads certificates, and makes none. */
export function certificate(words: CertificateWords): string {
  const algorithm = sequence(oid("1.2.840.10045.4.3.2"));
  const spki = words.publicKey.export({ type: "spki", format: "der" });
  const body = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(createHash("sha256").update(spki).digest().subarray(0, 16)),
    algorithm,
    nameOf(words.issuer),
    sequence(time(words.from), time(words.until)),
    nameOf(words.kind === "authority" ? words.issuer : words.name),
    spki,
    tagged(0xa3, sequence(...extensions(words, spki))),
  );
  const signature = sign("sha256", body, words.signedBy.privateKey);
  const whole = sequence(body, algorithm, bits(signature, 0));
  const lines = whole.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function extensions({ kind, name, signedBy }: CertificateWords, spki: Buffer): Buffer[] {
  const signer = keyId(signedBy.publicKey.export({ type: "spki", format: "der" }));
  if (kind === "authority") {
    return [
      extension("2.5.29.19", "critical", sequence(boolean(true))),
      extension("2.5.29.15", "critical", bits(Buffer.of(0b0000_0100), 2)),
      extension("2.5.29.14", "plain", octets(keyId(spki))),
      extension("2.5.29.30", "critical", sequence(tagged(0xa0, sequence(tagged(0x82, Buffer.from(name)))))),
    ];
  }
  return [
    extension("2.5.29.19", "critical", sequence()),
    extension("2.5.29.15", "critical", bits(Buffer.of(0b1000_0000), 7)),
    extension("2.5.29.37", "plain", sequence(oid(serverAuthentication))),
    extension("2.5.29.35", "plain", sequence(tagged(0x80, signer))),
    extension("2.5.29.17", "plain", sequence(tagged(0x82, Buffer.from(name)))),
  ];
}

/** SHA-1 of the key's bits, as RFC 5280 proposes; it names the key, and proves nothing. */
function keyId(spki: Buffer): Buffer {
  // An uncompressed point of P-256 is the last 65 bytes.
  return createHash("sha1").update(spki.subarray(-65)).digest();
}

function extension(id: string, weight: "critical" | "plain", value: Buffer): Buffer {
  return sequence(oid(id), ...(weight === "critical" ? [boolean(true)] : []), octets(value));
}

function nameOf(common: string): Buffer {
  return sequence(tagged(0x31, sequence(oid("2.5.4.3"), tagged(0x0c, Buffer.from(common)))));
}

function time(at: Date): Buffer {
  const [date = "", clock = ""] = at.toISOString().split(/[T.]/);
  // Two digits of the year until 2049, four from then on.
  const digits = `${date}${clock}Z`.replaceAll(/[-:]/g, "");
  return at.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

/** A positive one: a first bit that is set would make it negative. */
function integer(bytes: Buffer): Buffer {
  return tagged(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

function bits(bytes: Buffer, unused: number): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(unused), bytes]));
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.of(value ? 0xff : 0));
}

function octets(bytes: Buffer): Buffer {
  return tagged(0x04, bytes);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, bytes: Buffer): Buffer {
  const { length } = bytes;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), bytes]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), bytes]);
}
