/** report.html from a report's folder: the results, the rules' texts, and of each case's evidence what mattered. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { PageCase, PageData, PageLab, PageRule } from '../report/page/model.ts'
import { PAGE_FILE, renderPage } from '../report/page/page.ts'
import { readCaseStory } from '../report/page/story.ts'
import type { CaseResult, Results } from '../report/results.ts'
import { REQUIREMENTS, sourceInWords } from './catalogue.ts'
import { PROJECT } from './project.ts'

/** Octets of all pictures within the page; those beyond are only linked. */
const MOST_PICTURES = 1_500_000

/** Beside the evidence, which it links to. Returns its path. */
export async function writeReportPage(reportFolder: string, results: Results): Promise<string> {
  const path = join(reportFolder, PAGE_FILE)
  writeFileSync(path, await renderPage(pageData(reportFolder, results, '.')))
  return path
}

/** @param prefix of links to the report's folder, from where the page will be */
export function pageData(reportFolder: string, results: Results, prefix: string): PageData {
  const { requirements, ...rest } = results
  const shared = new Shared()
  const rules = requirements.map(({ cases, id, ...row }): PageRule => {
    const known = REQUIREMENTS.find((requirement) => requirement.id === id)
    const told = {
      rule: known?.rule ?? null,
      source: known === undefined ? null : sourceInWords(known.source),
    }
    const pages = cases.map((one) => pageCase(reportFolder, id, one, prefix, shared))
    return { id, family: known?.family ?? id.replace(/-.*/, ''), ...told, ...row, cases: pages }
  })
  const own = readdirSync(reportFolder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== PAGE_FILE)
    .map(({ name }) => join(prefix, name))
  return {
    results: { ...rest, fault: withinProject(rest.fault) },
    rules,
    labs: shared.labs.all,
    plans: shared.plans.all,
    files: own.sort(),
  }
}

/** Of a fault that the project brings, the path in the project. */
function withinProject(fault: Results['fault']): Results['fault'] {
  const file = relative(PROJECT, fault?.file ?? PROJECT)
  return fault === null || file.startsWith('..') ? fault : { ...fault, file }
}

type Case = Omit<CaseResult, 'id' | 'durationMs'>

function pageCase(
  reportFolder: string,
  id: string,
  { evidence, ...result }: Case,
  prefix: string,
  shared: Shared,
): PageCase {
  const none = { evidence: null, files: [], pictures: [], story: null, trouble: null }
  if (evidence === null) return { ...result, ...none }
  const folder = join(reportFolder, evidence)
  if (!existsSync(folder)) return { ...result, ...none, trouble: `${evidence} is missing` }
  const place = {
    evidence: join(prefix, evidence),
    files: filesIn(folder),
    pictures: shared.pictures.of(folder),
  }
  try {
    const { story, lab, plans } = readCaseStory(folder, id, result.scenario)
    const places = { lab: shared.labs.indexOf(lab), plans: shared.plans.indexOf(plans) }
    return { ...result, ...place, story: { ...story, ...places }, trouble: null }
  } catch (error) {
    return { ...result, ...place, story: null, trouble: (error as Error).message } // the verdict stands
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

/** As images, in which no script runs. */
class Pictures {
  #left = MOST_PICTURES

  of(folder: string): PageCase['pictures'] {
    const names = filesIn(folder).filter((name) => name.endsWith('.svg'))
    return names.flatMap((name) => {
      const octets = readFileSync(join(folder, name))
      if (octets.length > this.#left) return []
      this.#left -= octets.length
      const description = /<desc[^>]*>([^<]*)<\/desc>/.exec(octets.toString('utf8'))?.[1] ?? name
      return [{ name, description, url: `data:image/svg+xml;base64,${octets.toString('base64')}` }]
    })
  }
}

/** What the cases of one page have in common. */
class Shared {
  readonly labs = new Pool<PageLab>()
  readonly plans = new Pool<string>()
  readonly pictures = new Pictures()
}

/** Each value once. */
class Pool<T> {
  readonly all: T[] = []
  readonly #places = new Map<string, number>()

  indexOf(value: T): number {
    const key = JSON.stringify(value)
    const known = this.#places.get(key)
    if (known !== undefined) return known
    this.all.push(value)
    this.#places.set(key, this.all.length - 1)
    return this.all.length - 1
  }
}
