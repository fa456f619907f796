/** The name of a step's folder in the volume: its index, and which run of it this is. */
export function stepId(index: number): string {
  return `${index}-1`;
}
