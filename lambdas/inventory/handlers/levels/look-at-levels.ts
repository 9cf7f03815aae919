import { ScheduledLook } from '../../../contracts/api/availability.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { scheduleHandler } from '../../../shared/events/schedule-handler.ts';
import { lookAtLevels } from '../../use-cases/levels/look-at-levels.ts';
import {
  levelSweepStore,
  metrics,
  showBelow,
  stockLevelStore,
  stockReader,
  stockStore,
  wakeReader,
} from '../../wiring.ts';

const ports = {
  book: stockStore(),
  levels: stockLevelStore(),
  showBelow: showBelow(),
  wakes: wakeReader(),
  skus: stockReader(),
  sweeps: levelSweepStore(),
  metrics: metrics(),
  clock: systemClock,
};

export const handler = scheduleHandler({
  input: ScheduledLook,
  run: () => lookAtLevels(ports),
});
