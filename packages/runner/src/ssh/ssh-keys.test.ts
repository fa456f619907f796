import { generateKeyPairSync } from "node:crypto";

import { describe, expect, test } from "@jest/globals";
import { Secret } from "@fmg/core";

import { anOpenSshKey } from "../../test/ssh-key.ts";
import { findSshKey, readSshKeys } from "./ssh-keys.ts";

// The host key of github.com and its fingerprints, as GitHub publishes them.
const known = {
  publicPart: "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
  sha256: "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
};

const named = (values: Record<string, string>) =>
  readSshKeys(Object.entries(values).map(([name, value]) => ({ name, value: new Secret(value) })));

describe("a secret FMG_SSH_KEY_ is a key (R-SSH-1)", () => {
  test("known by the fingerprint that people see elsewhere, in both forms, and for the host that it names", () => {
    const text = anOpenSshKey({ publicPart: known.publicPart });

    const { keys, faults } = named({ FMG_SSH_KEY_A: `Host: github.com\n${text}`, OTHER: text });

    expect(faults).toEqual([]);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ sha256: known.sha256, host: "github.com" });
    const { md5 } = keys[0]!;
    expect(md5).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    for (const written of [known.sha256, `${known.sha256}=`, md5, `MD5:${md5}`, md5.toUpperCase()])
      expect(findSshKey(keys, written)).toBe(keys[0]);
    expect(findSshKey(keys, "SHA256:another")).toBeUndefined();
  });

  test.each([
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 2048 }), "pkcs1"],
    ["ECDSA", generateKeyPairSync("ec", { namedCurve: "P-384" }), "sec1"],
    ["Ed25519", generateKeyPairSync("ed25519"), "pkcs8"],
  ] as const)(
    "in PEM it has the same fingerprint as in OpenSSH's form: %s",
    (_kind, { privateKey, publicKey }, type) => {
      const pem = privateKey.export({ format: "pem", type }) as string;

      const { keys, faults } = named({
        FMG_SSH_KEY_A: pem.trimEnd(),
        FMG_SSH_KEY_B: anOpenSshKey({ publicKey }),
      });

      expect(faults).toEqual([]);
      expect(keys).toHaveLength(1);
    },
  );

  test("that is locked, cut off or none is told by its name, and never by its content", () => {
    const text = anOpenSshKey({ publicPart: known.publicPart });
    const locked = generateKeyPairSync("ed25519").privateKey.export({
      format: "pem",
      type: "pkcs8",
      cipher: "aes-256-cbc",
      passphrase: "s3cret",
    }) as string;

    const { keys, faults } = named({
      FMG_SSH_KEY_A: "s3cret",
      FMG_SSH_KEY_B: anOpenSshKey({ publicPart: known.publicPart, cipher: "aes256-ctr" }),
      FMG_SSH_KEY_C: locked,
      FMG_SSH_KEY_D: `${text.slice(0, 110)}\n-----END OPENSSH PRIVATE KEY-----`,
      FMG_SSH_KEY_E: `Host: "; rm -rf"\n${text}`,
      FMG_SSH_KEY_F: "",
    });

    expect(keys).toEqual([]);
    expect(faults.map((fault) => fault.slice(0, 30))).toEqual([
      "FMG_SSH_KEY_A is no private ke",
      "FMG_SSH_KEY_B is locked by a p",
      "FMG_SSH_KEY_C is locked by a p",
      "FMG_SSH_KEY_D is no private ke",
      "FMG_SSH_KEY_E is no private ke",
      "FMG_SSH_KEY_F is no private ke",
    ]);
    expect(faults.join()).not.toContain("s3cret");
  });
});
