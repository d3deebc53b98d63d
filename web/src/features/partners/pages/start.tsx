// Getting started in the portal: the steps until the first commission, and the next one first.
import { useTexts } from '../../../lib/i18n';
import { A } from '../../../ui/anchor';
import { Status } from '../../../ui/basic';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { isOpen, useSteps, type StepState } from '../parts/steps';

const tones: Record<StepState, string> = { done: 'ok', open: 'new', waiting: 'pending', refused: 'rejected', optional: 'paused' };

export function Start() {
  const { t } = useTexts('partners');
  const { base } = useOrganization();
  const all = useSteps();
  const next = all.data?.find(isOpen);
  return (
    <Page title={t('start')} context={t('startWhat')} actions={next && <A className="btn btn-primary" href={base + next.path}>{t('nextStep', { step: t(`step.${next.id}`) })}</A>}>
      <Loaded from={all} lines={6}>{(steps) => (
        <Card title={next ? t('stepsDone', { done: steps.filter((one) => one.state === 'done').length, all: steps.length }) : t('startDone')}>
          <ol className="list">{steps.map((one) => (
            <li key={one.id}>
              <div className="grow stack tight">
                <A className="link" href={base + one.path}>{t(`step.${one.id}`)}</A>
                <span className="quiet">{t(`step.${one.id}What`)}</span>
                {one.state === 'refused' && one.note && <span className="negative">{one.note}</span>}
              </div>
              <Status of={tones[one.state]} text={t(`step.${one.state}`)} />
            </li>
          ))}</ol>
        </Card>
      )}</Loaded>
    </Page>
  );
}
