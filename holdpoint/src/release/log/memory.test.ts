import { describeLogContract } from './contract.ts';
import { memoryLog } from './memory.ts';

describeLogContract('memory', async () => memoryLog());
