// The microphone, as a WAV file of 8,000 samples a second, which is what a phone line carries.

const RATE = 8000;
const HEADER_BYTES = 44;

export const hasMicrophone = () => Boolean(navigator.mediaDevices?.getUserMedia && window.AudioWorkletNode);

// Starts a recording, and returns an object whose `stop` returns the file.
export async function record() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const context = new AudioContext();
  await context.audioWorklet.addModule("microphone.js");
  const microphone = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
  const blocks = [];
  microphone.port.onmessage = (event) => blocks.push(event.data);
  context.createMediaStreamSource(stream).connect(microphone);
  return {
    async stop() {
      stream.getTracks().forEach((track) => track.stop());
      await context.close();
      return toWav(await resample(blocks, context.sampleRate));
    },
  };
}

async function resample(blocks, rate) {
  const length = blocks.reduce((sum, block) => sum + block.length, 0);
  if (!length) return new Float32Array(0);
  const recorded = new AudioBuffer({ length, sampleRate: rate });
  let at = 0;
  for (const block of blocks) {
    recorded.copyToChannel(block, 0, at);
    at += block.length;
  }
  const context = new OfflineAudioContext(1, Math.ceil((length * RATE) / rate), RATE);
  const source = new AudioBufferSourceNode(context, { buffer: recorded });
  source.connect(context.destination);
  source.start();
  return (await context.startRendering()).getChannelData(0);
}

function toWav(samples) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + samples.length * 2));
  const write = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, i) => view.setInt16(HEADER_BYTES + i * 2, Math.max(-1, Math.min(1, sample)) * 32767, true));
  return view.buffer;
}
