import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { junitXml } from './junit.ts'
import { CASES, caseResult, results } from './test-results.ts'

interface Parsed {
  tag: string
  attributes: Record<string, string>
  text: string
  children: Parsed[]
}

/** As an XML parser of others reads it. */
const PARSER = `
import json, sys, xml.etree.ElementTree as tree
def told(e): return {"tag": e.tag, "attributes": e.attrib, "text": e.text or "", "children": [told(c) for c in e]}
print(json.dumps(told(tree.fromstring(sys.stdin.buffer.read()))))
`

function parsed(xml: string): Parsed {
  return JSON.parse(execFileSync('python3', ['-c', PARSER], { input: xml, encoding: 'utf8' })) as Parsed
}

function testcases(root: Parsed): readonly Parsed[] {
  return root.children.flatMap((suite) => suite.children.filter(({ tag }) => tag === 'testcase'))
}

function child({ children }: Parsed, tag: string): Parsed {
  const found = children.find((candidate) => candidate.tag === tag)
  if (found === undefined) throw new Error(`no ${tag}`)
  return found
}

/** The whole text back from a reason that deviates: where a parser finds it, and its first line. */
function throughXml(reason: string): { text: string; message: string | undefined } {
  const cases = [caseResult('VLAN-13', { verdict: 'deviates', reason })]
  const tests = testcases(parsed(junitXml(results({}, cases), cases)))
  const test = tests.find(({ attributes }) => attributes.name?.startsWith('VLAN-13'))
  if (test === undefined) throw new Error('no VLAN-13')
  const { text, attributes } = child(test, 'failure')
  return { text, message: attributes.message }
}

describe('junit.xml', () => {
  it('is this', () => {
    const cases = CASES.filter(({ id }) => id === 'VLAN-13')
    const requirements = results().requirements.filter(({ id }) => id === 'VLAN-13' || id === 'VLAN-06')
    expect(junitXml(results({ requirements }), cases)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="frameproof" tests="2" failures="1" errors="0" skipped="1" time="3.429">
  <testsuite name="VLAN" tests="2" failures="1" errors="0" skipped="1" time="0.250" timestamp="2026-11-22T15:41:48">
    <properties>
      <property name="frameproof" value="0.1.0"/>
      <property name="implementation" value="linux-bridge"/>
      <property name="site" value="uml, kernel 6.1.176"/>
    </properties>
    <testcase name="VLAN-06 tenants are apart" classname="frameproof.VLAN" time="0.000">
      <properties>
        <property name="requirement" value="VLAN-06"/>
        <property name="verdict" value="no case"/>
      </properties>
      <skipped message="no case judges this rule"/>
    </testcase>
    <testcase name="VLAN-13 what VLAN-13 says [vlan]" classname="frameproof.VLAN" file="cases/vlan-13.case.ts" time="0.250">
      <properties>
        <property name="requirement" value="VLAN-13"/>
        <property name="verdict" value="deviates"/>
        <property name="evidence" value="evidence/VLAN-13"/>
      </properties>
      <failure message="expected  hv1:tap-blue1 never carries ARP" type="deviates">expected  hv1:tap-blue1 never carries ARP
seen      frame 23: out, 100% &lt;odd&gt; | a\`b
more</failure>
      <system-out>evidence: evidence/VLAN-13</system-out>
    </testcase>
  </testsuite>
</testsuites>
`)
  })

  it('has a suite a family and a test a case, each verdict as readers of JUnit call it', () => {
    const root = parsed(junitXml(results(), CASES))
    expect(root.children.map(({ tag, attributes }) => [tag, attributes.name])).toEqual([
      ['testsuite', 'TAP'],
      ['testsuite', 'VLAN'],
    ])
    const outcomes = testcases(root).map(({ attributes, children }) => [
      attributes.name?.split(' ')[0],
      ...children
        .filter(({ tag }) => ['failure', 'error', 'skipped'].includes(tag))
        .map(({ tag, attributes: { message } }) => `${tag}: ${message}`),
    ])
    expect(outcomes).toEqual([
      ['TAP-02'],
      ['VLAN-03', 'skipped: not supported: mine: has no VLANs'],
      ['VLAN-05'],
      ['VLAN-06', 'skipped: no case judges this rule'],
      ['VLAN-08', 'error: the site died'],
      ['VLAN-13', 'failure: expected  hv1:tap-blue1 never carries ARP'],
    ])
  })

  it('has nothing that readers of JUnit do not know, and all that they need', () => {
    const counted = ['tests', 'failures', 'errors', 'skipped', 'time']
    const known: Record<string, { within: readonly string[]; needs: readonly string[]; may?: string }> = {
      testsuites: { within: ['nothing'], needs: ['name', ...counted] },
      testsuite: { within: ['testsuites'], needs: ['name', ...counted, 'timestamp'] },
      properties: { within: ['testsuite', 'testcase'], needs: [] },
      property: { within: ['properties'], needs: ['name', 'value'] },
      testcase: { within: ['testsuite'], needs: ['name', 'classname', 'time'], may: 'file' },
      failure: { within: ['testcase'], needs: ['message', 'type'] },
      error: { within: ['testcase'], needs: ['message', 'type'] },
      skipped: { within: ['testcase'], needs: ['message'] },
      'system-out': { within: ['testcase'], needs: [] },
    }
    const check = ({ tag, attributes, children }: Parsed, parent: string): void => {
      const { within, needs, may } = known[tag] ?? { within: [], needs: [] }
      expect(within, tag).toContain(parent)
      expect(
        Object.keys(attributes)
          .filter((name) => name !== may)
          .sort(),
        tag,
      ).toEqual([...needs].sort())
      for (const one of children) check(one, tag)
    }
    const root = parsed(junitXml(results(), CASES))
    check(root, 'nothing')
    for (const { children } of testcases(root))
      expect(children.filter(({ tag }) => /failure|error|skipped/.test(tag)).length).toBeLessThan(2)
    for (const { attributes } of root.children)
      expect(attributes.timestamp).toMatch(/^\d{4}(-\d\d){2}T\d\d(:\d\d){2}$/)
  })

  it('counts what is there', () => {
    const root = parsed(junitXml(results(), CASES))
    for (const element of [root, ...root.children]) {
      const tests = element === root ? testcases(root) : testcases({ ...root, children: [element] })
      const having = (tag: string) => tests.filter(({ children }) => children.some((one) => one.tag === tag))
      const { tests: all, failures, errors, skipped } = element.attributes
      expect([all, failures, errors, skipped]).toEqual(
        [tests, having('failure'), having('error'), having('skipped')].map(({ length }) => String(length)),
      )
    }
  })

  it('has time in seconds: of each case, and of the suite their sum', () => {
    const [tap, vlan] = parsed(junitXml(results(), CASES)).children
    expect([tap, vlan].map((suite) => suite?.attributes.time)).toEqual(['1.466', '2.250'])
    const times = testcases(parsed(junitXml(results(), CASES))).map(({ attributes }) => attributes.time)
    expect(times).toEqual(['1.466', '1.000', '1.000', '0.000', '0.000', '0.250'])
  })

  it('has what was measured, and under which fault', () => {
    const fault = { file: '/f.sh', title: 'a "cable"', breaks: ['VLAN-13'], detected: true }
    const root = parsed(junitXml(results({ fault }), CASES))
    const [first] = root.children
    if (first === undefined) throw new Error('no suite')
    const values = (element: Parsed) =>
      child(element, 'properties').children.map(({ attributes: { name, value } }) => `${name}=${value}`)
    expect(values(first)).toContain('fault=a "cable"')
    expect(testcases(root).flatMap(values)).toEqual(
      expect.arrayContaining(['measured: Mbit/s=9.5 (9.4 to 9.6)', 'measured: loss=0']),
    )
  })

  it('gives each test a name of its own, two cases of one title too', () => {
    const cases = [...CASES, caseResult('VLAN-13', { durationMs: 70 })]
    const root = parsed(junitXml(results({}, cases), cases))
    const named = testcases(root).filter(({ attributes: { name } }) => name?.includes('VLAN-13'))
    expect(named.map(({ attributes: { name, time } }) => [name, time])).toEqual([
      ['VLAN-13 what VLAN-13 says [vlan]', '0.250'],
      ['VLAN-13 what VLAN-13 says [vlan] (2)', '0.070'],
    ])
  })

  it('does not hide a rule whose other case did not get its turn', () => {
    const cases = [caseResult('VLAN-08', {})]
    const tests = testcases(parsed(junitXml(results({}, cases), cases)))
    const names = tests.map(({ attributes }) => attributes.name).filter((name) => name?.includes('VLAN-08'))
    expect(names).toEqual(['VLAN-08 what VLAN-08 says [vlan]', 'VLAN-08 two links'])
  })
})

describe('text in junit.xml comes back as it was:', () => {
  it.each<[string, string]>([
    ['what XML means something by', `<b a="1" c='2'>&amp; ]]> <!-- --> <![CDATA[ &lt;`],
    ['tabs and runs of blanks', '\ta  b\t'],
    ['other alphabets, and characters beyond 16 bits', 'Käfig, 束, 🧪'],
    ['DEL and C1 characters, which XML 1.0 admits', 'a\x7fb\x85c\x9fd'],
  ])('%s', (_, reason) => {
    expect(throughXml(reason)).toEqual({ text: reason, message: reason })
  })

  it('line ends of all kinds; the message has the first line', () => {
    expect(throughXml('one\ntwo\r\nthree\rfour')).toEqual({ text: 'one\ntwo\r\nthree\rfour', message: 'one' })
  })

  it.each<[string, string]>([
    ['\0', '\\x00'],
    ['\x08', '\\x08'],
    ['\x0b\x0c\x0e\x1f', '\\x0b\\x0c\\x0e\\x1f'],
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['\ud800', '\\ud800'],
    ['a\udc00b', 'a\\udc00b'],
    ['\ufffe\uffff', '\\ufffe\\uffff'],
  ])('but what XML 1.0 forbids is shown by its number: %j', (reason, shown) => {
    expect(throughXml(reason)).toEqual({ text: shown, message: shown })
  })
})
