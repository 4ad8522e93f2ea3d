import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

declare const process: { env: { RPC_URL?: string } };

export default defineConfig({
  plugins: [react()],
  // The page and the service are one origin to the browser, in production behind one proxy.
  server: { proxy: { '/rpc': process.env.RPC_URL ?? 'http://127.0.0.1:8000' } },
});
