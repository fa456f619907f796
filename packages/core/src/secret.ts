/** A string that prints as `***` in logs, JSON and templates until it is revealed on purpose. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call at the last moment, and keep it out of messages. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "Secret(***)";
  }
}

/** A variable of a project, of a context, or of a file. */
export interface NamedSecret {
  readonly name: string;
  readonly value: Secret;
}
