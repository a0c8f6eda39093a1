import { expect, inject, test } from 'vitest'

test('the build prints no warning', () => {
  const lines = inject('buildOutput').split('\n')
  expect(lines.filter((line) => line.includes('Build success'))).toHaveLength(4)
  expect(lines.filter((line) => /warn|▲|circular|deprecat/i.test(line))).toEqual([])
})
