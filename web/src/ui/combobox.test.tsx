// What Enter takes while the choices of the typed text are still fetched.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, test } from 'vitest';
import { Combobox, type Choice } from './combobox';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

test('Enter takes of what was typed, not of the choices that still stand there', async () => {
  const waiting = new Map<string, (choices: Choice[]) => void>();
  const search = (text: string) => new Promise<Choice[]>((resolve) => { waiting.set(text, resolve); });
  const picked: string[] = [];
  const place = document.body.appendChild(document.createElement('div'));
  const root = createRoot(place);
  const client = new QueryClient();
  await act(async () => root.render(
    <QueryClientProvider client={client}><Suspense><Combobox inline label="Search" searchKey="test" search={search} onPick={(choice) => picked.push(choice.label)} /></Suspense></QueryClientProvider>,
  ));
  const turn = () => act(async () => { await new Promise((resolve) => { setTimeout(resolve, 5); }); });
  const answer = async (text: string, ...labels: string[]) => {
    for (let turns = 0; turns < 200 && !waiting.has(text); turns += 1) await turn(); // the page's texts come first
    waiting.get(text)!(labels.map((label) => ({ id: label, label })));
    await turn();
  };
  await answer('', 'Claims', 'Links');
  const input = place.querySelector('input')!;
  const type = (text: string) => act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!.call(input, text);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  const enter = () => act(async () => { input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true })); });
  expect(place.textContent).toContain('Claims');
  await type('lin');
  await enter();
  expect(picked).toEqual([]);
  await answer('lin', 'Links');
  expect(picked).toEqual(['Links']);
  await type('cla');
  await enter();
  await type('pay');
  await answer('pay', 'Payouts');
  expect(picked).toEqual(['Links']);
  await enter();
  expect(picked).toEqual(['Links', 'Payouts']);
  await type('set');
  await enter();
  await act(async () => place.querySelector<HTMLElement>('[role=option]')!.click());
  await turn();
  expect(picked).toEqual(['Links', 'Payouts', 'Claims']); // once, and what was clicked
  await act(async () => root.unmount());
});
