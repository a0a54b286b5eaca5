import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { clear, processesOf } from '../../scripts/tour/clear.ts';
import { type Place, placeIn } from '../../scripts/tour/place.ts';
import { bundleCommand } from './bundle.ts';
import { type Going, start } from './command.ts';

/** The tour of a newcomer, unattended, in a place of its own. */
export interface TestTour {
  readonly place: Place;
  begin(): Going;
  /** What it has left behind: processes, and PostgreSQL's data, which goes when its server has ended. */
  left(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function tourOfItsOwn(): Promise<TestTour> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'holdpoint-e2e-tour-')));
  const place = placeIn(join(folder, 'tour'));
  await bundleCommand(place.root, place.command);
  const begun: Going[] = [];
  return {
    place,
    begin() {
      const program = join(place.root, 'scripts', 'tour', 'tour.ts');
      const going = start(place.node, [program, '--yes', '--place', place.folder], {
        cwd: place.root,
        environment: { PATH: [dirname(place.node), process.env['PATH']].join(delimiter) },
      });
      begun.push(going);
      return going;
    },
    async left() {
      const processes = await processesOf(place);
      const data = (await readdir(dirname(place.database))).filter(
        (name) => name === basename(place.database),
      );
      return [...processes.map(({ pid }) => `process ${pid}`), ...data];
    },
    async close() {
      for (const going of begun) going.signal('SIGKILL');
      await Promise.all(begun.map(({ ended }) => ended));
      await clear(place);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
