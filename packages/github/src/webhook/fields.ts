/** A payload lacks a field, or has another type there than GitHub sends. */
export class PayloadError extends Error {}

/** Reads the fields of a payload by name; throws `PayloadError` with the field's path where it is not as expected. */
export class Fields {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: unknown, path = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new PayloadError(path === "" ? "the payload is not an object" : `${path} is not an object`);
    }
    this.#value = value as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined && this.#get(name) !== null;
  }

  object(name: string): Fields {
    return new Fields(this.#get(name), this.#pathOf(name));
  }

  string(name: string): string {
    const value = this.#get(name);
    if (typeof value !== "string") throw this.#wrong(name, "a string");
    return value;
  }

  optionalString(name: string): string | null {
    return this.has(name) ? this.string(name) : null;
  }

  boolean(name: string): boolean {
    const value = this.#get(name);
    if (typeof value !== "boolean") throw this.#wrong(name, "true or false");
    return value;
  }

  /** Whether it is a list with nothing in it. */
  isEmptyList(name: string): boolean {
    const value = this.#get(name);
    return Array.isArray(value) && value.length === 0;
  }

  id(name: string): number {
    const value = this.#get(name);
    if (!Number.isSafeInteger(value) || (value as number) < 1) throw this.#wrong(name, "an id");
    return value as number;
  }

  /** A string of this form; `expected` says it in words. */
  matching(name: string, form: RegExp, expected: string): string {
    const value = this.string(name);
    if (!form.test(value)) throw this.#wrong(name, expected);
    return value;
  }

  /** A URL on the server with this origin, without credentials. */
  urlAt(name: string, origin: string): string {
    const value = this.string(name);
    const url = URL.parse(value);
    if (url === null || url.origin !== origin || url.username !== "" || url.password !== "") {
      throw this.#wrong(name, `a URL on ${origin}, the GitHub server of this FMG (GITHUB_SERVER_URL)`);
    }
    return value;
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#value, name) ? this.#value[name] : undefined;
  }

  #pathOf(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }

  #wrong(name: string, expected: string): PayloadError {
    return new PayloadError(`${this.#pathOf(name)} is not ${expected}`);
  }
}
