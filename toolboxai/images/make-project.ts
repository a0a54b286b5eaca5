import { makeProject } from './project.ts';

// node images/make-project.ts FOLDER
const [folder, ...others] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-') || others.length > 0) {
  console.error('usage: npm run images:project -- FOLDER');
  process.exitCode = 64;
} else {
  makeProject(folder);
  console.log(`${folder} is ready: VERSION=… docker-compose up -d`);
}
