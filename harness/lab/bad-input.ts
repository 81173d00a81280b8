/** What a user wrote is wrong: a file, an argument, a drawing. */
import type { z } from 'zod'

/** The user's mistake. Its message is one line: what is wrong, where, and what to do. */
export class BadInput extends Error {
  override readonly name = 'BadInput'
}

export interface Problem {
  path: readonly PropertyKey[]
  message: string
}

/** The first thing that a schema has against a value, for one line. */
export function firstProblem(error: z.ZodError): Problem {
  const issue = error.issues[0]
  if (issue === undefined) return { path: [], message: 'it is not what was expected' }
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return { path: [...issue.path, key], message: 'unknown field' }
  }
  return { path: issue.path, message: issue.message.replace(/^Invalid input: /, '') }
}

/** tenants.0.vid */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.map(String).join('.')
}
