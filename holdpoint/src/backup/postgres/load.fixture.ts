import { withSession } from '../../system/postgres/connection.ts';

export interface Load {
  /** Transfers whose commit was answered. */
  committed(): number;
  stop(): Promise<void>;
}

const WRITERS = [1, 2, 3];

/** Moves money between accounts, in transactions, and passes jobs through a queue, until it is stopped. */
export async function startLoad(url: string, accounts: number): Promise<Load> {
  let committed = 0;
  let going = true;
  let warm: () => void = () => undefined;
  const warmedUp = new Promise<void>((resolve) => {
    warm = resolve;
  });
  const write = (writer: number): Promise<void> =>
    withSession(url, { statementTimeout: 60_000 }, async (session) => {
      for (let round = 1; going; round += 1) {
        const source = 1 + ((round * 7 + writer * 611) % accounts);
        const target = 1 + ((round * 13 + writer * 97 + 5) % accounts);
        // In one order, so that writers never wait for each other in a circle.
        const [low, high] = source < target ? [source, target] : [target, source];
        await session.query('begin');
        for (const id of low === high ? [] : [low, high]) {
          const sign = id === source ? '-' : '+';
          await session.query(`update accounts set balance = balance ${sign} $2 where id = $1`, [id, writer]);
        }
        await session.query('insert into transfers (source, target, amount) values ($1, $2, $3)', [
          source,
          target,
          writer,
        ]);
        await session.query('commit');
        committed += 1;
        // The control file of the copy must not happen to name the checkpoint at which the backup began.
        if (writer === 1 && round % 20 === 0) await session.query('checkpoint');
        await session.query(`insert into jobs (task) values ('count')`);
        await session.query('delete from jobs where id in (select id from jobs order by id limit 1)');
        if (committed > 100) warm();
      }
    });
  const writers = Promise.all(WRITERS.map(write));
  await Promise.race([warmedUp, writers]);
  return {
    committed: () => committed,
    async stop() {
      going = false;
      await writers;
    },
  };
}
