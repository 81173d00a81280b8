/**
 * report.html: one file that opens from disk, asks no network, and runs no script but its own. Its policy says so to the
 * browser: script and style by their hash, pictures only from within the page.
 */
import { createHash } from 'node:crypto'
import { type Parts, pageParts } from './bundle.ts'
import { pageBody } from './document.ts'
import { Html, html, jsonForHtml } from './markup.ts'
import type { PageCase, PageData } from './model.ts'
import { allVisible } from './visible.ts'

export const PAGE_FILE = 'report.html'

/** @param given text of packets, plans and names as it came: here it is made visible */
export async function renderPage(given: PageData): Promise<string> {
  return assemble(allVisible(given), await pageParts())
}

function assemble(data: PageData, { script, style }: Parts): string {
  const told = data.rules.flatMap(({ cases }) => cases).filter(({ story }) => story !== null)
  const numbers = new Map<PageCase, number>(told.map((one, at) => [one, at]))
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Frameproof: ${data.results.implementation}, ${data.results.startedAt}</title>
<style>${new Html(style)}</style>
</head>
<body>
${pageBody(data, numbers)}
<script type="application/json" id="labs">${jsonForHtml(data.labs)}</script>
<script type="application/json" id="plans">${jsonForHtml(data.plans)}</script>
${told.map(({ story }, at) => html`<script type="application/json" id="story-${at}">${jsonForHtml(story)}</script>\n`)}
<script>${new Html(script)}</script>
</body>
</html>
`
  return page.text
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
