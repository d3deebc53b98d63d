import { describe, expect, test } from 'vitest';
import { bucketOf, compared, daysIn, presetRange, presets, readRange, startOfDay } from './range';

const now = new Date('2026-11-21T23:30:00Z');

describe('ranges of days', () => {
  test('are half-open and of the zone', () => {
    expect(presetRange('today', 'UTC', now)).toEqual({ from: '2026-11-21', to: '2026-11-22' });
    expect(presetRange('today', 'Asia/Tashkent', now)).toEqual({ from: '2026-11-22', to: '2026-11-23' });
    expect(presetRange('last_month', 'UTC', now)).toEqual({ from: '2026-10-01', to: '2026-11-01' });
    expect(daysIn(presetRange('last28', 'UTC', now))).toBe(28);
  });
  test('never exceed what a report takes', () => {
    for (const one of presets.filter((each) => each !== 'all')) expect(daysIn(presetRange(one, 'UTC', now)), one).toBeLessThanOrEqual(400);
  });
  test('come from the URL, and from the usual preset when that is nonsense', () => {
    expect(readRange({ from: '2026-01-01', to: '2026-02-01' }, 'UTC', 'last7')).toEqual({ from: '2026-01-01', to: '2026-02-01' });
    for (const search of [{ from: '2026-02-01', to: '2026-01-01' }, { from: 'x', to: 'y' }, { range: 'fortnight' }]) expect(daysIn(readRange(search, 'UTC', 'last7'))).toBe(7);
  });
  test('are compared with as many days before, or the same weekdays a year ago', () => {
    expect(compared({ from: '2026-11-08', to: '2026-11-15' }, 'previous')).toEqual({ from: '2026-11-01', to: '2026-11-08' });
    const year = compared({ from: '2026-11-08', to: '2026-11-15' }, 'year');
    expect(new Date(year?.from ?? '').getUTCDay()).toBe(new Date('2026-11-08').getUTCDay());
    expect(compared({ from: '2026-11-08', to: '2026-11-15' }, 'off')).toBeNull();
  });
  test('have buckets that a screen can show', () => {
    expect(bucketOf({ from: '2026-01-01', to: '2026-02-01' })).toBe('day');
    expect(bucketOf({ from: '2026-01-01', to: '2026-05-01' })).toBe('week');
    expect(bucketOf({ from: '2026-01-01', to: '2027-01-01' })).toBe('month');
  });
  test('begin at midnight of the zone', () => {
    expect(startOfDay('2026-07-01', 'Europe/London')).toBe('2026-06-30T23:00:00.000Z');
    expect(startOfDay('2026-01-01', 'Asia/Tashkent')).toBe('2025-12-31T19:00:00.000Z');
    expect(startOfDay('2026-01-01', 'America/New_York')).toBe('2026-01-01T05:00:00.000Z');
  });
});
