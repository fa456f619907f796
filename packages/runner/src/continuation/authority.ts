import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from "node:crypto";

import type { Secret } from "@fmg/core";

import { certificate } from "./certificate.ts";

const title = "FMG continuation";
const dayMs = 24 * 3_600_000;
/** Longer than any job lives. */
const validDays = 60;

/** Who a setup job trusts for one name, beside whom its image trusts. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** A certificate for that name, with its key, as a TLS server takes them. */
  issue(): { readonly cert: string; readonly key: string };
}

/**
 * The authority of a continuation key: a successor, which knows nothing but the key, comes to the same one, and so goes on with the
 * file that lies in the container. A job that derives it too gains nothing: only containers with that key trust it, for this one
 * name.
 */
export function authorityOf(key: Secret, name: string, now: Date): Authority {
  const own = keyPairOf(key);
  const words = {
    name,
    issuer: title,
    signedBy: own,
    from: new Date(now.getTime() - dayMs),
    until: new Date(now.getTime() + validDays * dayMs),
  };
  return {
    certificate: certificate({ ...words, kind: "authority", publicKey: own.publicKey }),
    issue() {
      const server = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
      return {
        cert: certificate({ ...words, kind: "server", publicKey: server.publicKey }),
        key: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}

/** The order of the curve P-256: a private key is a number from 1 up to, and without, it. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function keyPairOf(key: Secret): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  // Half as long again as the order, so that no remainder is likelier than another.
  const seed = Buffer.from(hkdfSync("sha256", key.reveal(), "", "fmg continuation authority", 48));
  const number = (BigInt(`0x${seed.toString("hex")}`) % (order - 1n)) + 1n;
  const scalar = Buffer.from(number.toString(16).padStart(64, "0"), "hex");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  const word = (bytes: Buffer): string => bytes.toString("base64url");
  const privateKey = createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      d: word(scalar),
      x: word(point.subarray(1, 33)),
      y: word(point.subarray(33)),
    },
  });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
