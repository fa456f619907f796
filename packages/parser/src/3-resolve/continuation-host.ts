import { scalarAt } from "../1-read/nodes.ts";
import type { Elements, ElementShape } from "../2-shape/config-shape.ts";

const orbs = /^circleci\/(continuation|path-filtering)@/;

/**
 * The orbs of dynamic config post to `https://${circleci_domain}`: its default becomes this platform's host, so that
 * configs run unchanged. What a config passes itself is left alone. (R-DYN-13)
 */
export function withContinuationHost(orb: string, elements: Elements, host: string): Elements {
  if (!orbs.test(orb)) return elements;
  return { ...elements, commands: patched(elements.commands, host), jobs: patched(elements.jobs, host) };
}

function patched(
  elements: ReadonlyMap<string, ElementShape>,
  host: string,
): ReadonlyMap<string, ElementShape> {
  return new Map(
    Array.from(elements, ([name, element]) => {
      const domain = element.parameters.get("circleci_domain");
      if (domain?.default === undefined) return [name, element];
      const parameters = new Map(element.parameters);
      parameters.set("circleci_domain", { ...domain, default: scalarAt(domain.default, host) });
      return [name, { ...element, parameters }];
    }),
  );
}
