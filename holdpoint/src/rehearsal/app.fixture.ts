import { createServer } from 'node:http';
import pg from 'pg';

// A small service whose versions differ in what they read and write.
const { DATABASE_URL, HOST, PORT, READ = '', WRITE = '' } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 2 });
pool.on('error', () => undefined);

const server = createServer((request, response) => {
  const sql = request.url === '/ready' ? 'select 1' : request.method === 'POST' ? WRITE : READ;
  pool.query(sql).then(
    ({ rows }) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(rows));
    },
    (error: Error) => {
      console.error(error.message);
      response.statusCode = 500;
      response.end(error.message);
    },
  );
});
server.listen(Number(PORT), HOST);
