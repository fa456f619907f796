const tag = /\[(skip ci|ci skip)\]/i;
const windowCharacters = 250;

/**
 * The skip tag of a commit message as it was written, if it has one: within the first 250 characters of the subject or of
 * the body, in any case of letters. (R-SKIP-1)
 */
export function skipTag(message: { readonly subject: string; readonly body: string }): string | undefined {
  return firstTag(message.subject) ?? firstTag(message.body);
}

function firstTag(text: string): string | undefined {
  return tag.exec(text.slice(0, windowCharacters))?.[0];
}
