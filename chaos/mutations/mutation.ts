/** One safeguard, and a change of the source that takes it out. */
export interface Mutation {
  /** In kebab-case, unique. */
  readonly name: string;
  /** One line: what holds as long as it is there. */
  readonly safeguard: string;
  readonly edits: readonly Edit[];
  /** The shortest scenario that should find out. */
  readonly scenario: string;
  /**
   * How a breach may begin that finds it out, such as `I3 lost`; for what a scenario itself finds, with its words. Any other breach is a
   * mistake: it was red, but for another reason.
   */
  readonly catches: readonly string[];
}

export interface Edit {
  /** From the root of the clone. */
  readonly file: string;
  /** Stands there once. */
  readonly replace: string;
  readonly by: string;
}
