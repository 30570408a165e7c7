// A process for each core, or as many as PROCESSES says, behind one socket.
import cluster from 'node:cluster';
import { chmodSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export function inCluster(serve: (socket: string) => Promise<void>) {
  const socket = process.env.SOCKET ?? '';

  if (cluster.isPrimary) {
    const count = Number(process.env.PROCESSES) || availableParallelism();

    for (let i = 0; i < count; i++) {
      cluster.fork();
    }
    cluster.on('listening', () => chmodSync(socket, 0o660));
    // One that dies spoils the figures.
    cluster.on('exit', () => process.exit(1));
    return;
  }
  void serve(socket);
}
