// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// usage: node onnxruntime.js NET.onnx THREADS SECONDS    prints the median of milliseconds for one image
const runtime = require('onnxruntime-node');

async function main(path, threads, seconds) {
  const session = await runtime.InferenceSession.create(path, {
    graphOptimizationLevel: 'all', executionMode: 'sequential', intraOpNumThreads: threads, interOpNumThreads: 1,
    logSeverityLevel: 3});
  const shape = session.inputMetadata[0].shape, size = shape.reduce((a, b) => a * b, 1);
  // Images that take turns.
  const feeds = Array.from({length: 4}, () =>
      ({[session.inputNames[0]]: new runtime.Tensor('float32', Float32Array.from({length: size}, () => Math.random() * 2 - 1), shape)}));
  const times = [], begin = process.hrtime.bigint();
  let warm = false;
  for (let call = 0;; ++call) {
    const start = process.hrtime.bigint();
    await session.run(feeds[call % feeds.length]);
    const end = process.hrtime.bigint(), passed = Number(end - begin) / 1e9;
    if (warm)
      times.push(Number(end - start) / 1e6);
    warm = passed > seconds / 4;
    if (passed > seconds && times.length > 0)
      break;
  }
  times.sort((a, b) => a - b);
  console.log(times[times.length >> 1]);
}

const [path, threads, seconds] = process.argv.slice(2);
main(path, Number(threads), Number(seconds)).catch(error => { console.error(`onnxruntime.js: ${error.message}`); process.exit(1); });
