import { createServer } from 'node:http';
import pg from 'pg';

// A small service whose versions differ in what they read and write.
const { DATABASE_URL, HOST, PORT, READ = '', WRITE = '', OTHER = '' } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 2 });
pool.on('error', () => undefined);

const STATEMENTS: Readonly<Record<string, string>> = {
  'GET /ready': 'select 1',
  'GET /notes': READ,
  'POST /notes': WRITE,
  'GET /other': OTHER,
};

const server = createServer((request, response) => {
  pool.query(STATEMENTS[`${request.method} ${request.url}`] ?? 'nonsense').then(
    ({ rows }) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(rows));
    },
    (error: Error) => {
      response.statusCode = 500;
      response.end(error.message);
    },
  );
});
server.listen(Number(PORT), HOST);
