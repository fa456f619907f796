/** What a row says of itself, for the row that follows it. */
export function reasonOf<R>(
  row: { readonly reason?: R | null; readonly message?: string | null } | undefined,
): {
  reason?: R;
  message?: string;
} {
  return {
    ...(row?.reason == null ? {} : { reason: row.reason }),
    ...(row?.message == null ? {} : { message: row.message }),
  };
}
