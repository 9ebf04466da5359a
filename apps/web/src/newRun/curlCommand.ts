/** A call of the API as a command for a shell. The key is a variable of it. */
export function curlCommand(url: string, body: object): string {
  const json = JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`);
  return `curl -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\\n  -d '${json}' \\\n  '${url}'`;
}
