import { BlockList } from "node:net";
import { expect, test } from "@jest/globals";
import { checkWrittenAddress, ForbiddenAddress, guardedLookup, isAllowedAddress } from "./public-address.ts";

const none = new BlockList();
const office = new BlockList();
office.addSubnet("10.1.0.0", 16, "ipv4");
office.addAddress("::1", "ipv6");

test.each([
  "127.0.0.1",
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "169.254.169.254",
  "172.31.255.255",
  "192.168.1.1",
  "224.0.0.1",
  "255.255.255.255",
  "::1",
  "::",
  "fe80::1",
  "fd00:ec2::254",
  "ff02::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "2001:db8::1",
])("%s is no public address (SEC-13)", (address) => {
  expect(isAllowedAddress(address, none)).toBe(false);
});

test.each(["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])(
  "%s is public",
  (address) => {
    expect(isAllowedAddress(address, none)).toBe(true);
  },
);

test("the operator allows networks, and those alone", () => {
  expect(isAllowedAddress("10.1.200.1", office)).toBe(true);
  expect(isAllowedAddress("::1", office)).toBe(true);
  expect(isAllowedAddress("10.2.0.1", office)).toBe(false);
});

test.each([
  "http://0x7f.1/",
  "http://2130706433/",
  "http://127.1/",
  "http://[::ffff:7f00:1]/",
  "http://[::1]/",
])("%s is seen through (SEC-13)", (url) => {
  expect(() => checkWrittenAddress(new URL(url).hostname, none)).toThrow(ForbiddenAddress);
});

const lookedUp = (addresses: readonly string[], allowed = none) =>
  new Promise((resolve) => {
    const resolved = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    const lookup = guardedLookup(allowed, (_, callback) => callback(null, resolved));
    lookup("name.test", { all: true }, (error, found) => resolve(error ?? found));
  });

test("a name is refused when one of its addresses is not allowed, or it has none (SEC-13)", async () => {
  expect(await lookedUp(["8.8.8.8", "2606:4700::1111"])).toHaveLength(2);
  expect(await lookedUp(["8.8.8.8", "127.0.0.1"])).toBeInstanceOf(ForbiddenAddress);
  expect(await lookedUp(["10.1.0.1"], office)).toHaveLength(1);
  expect(await lookedUp([])).toBeInstanceOf(Error);
});
