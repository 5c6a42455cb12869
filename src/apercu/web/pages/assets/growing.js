// A video that is still made: its pieces are given to the browser as they come.
export async function feed(video, url, signal, told) {
  const source = new MediaSource(), address = URL.createObjectURL(source);
  video.autoplay = !video.paused; // asked to play before there was anything: a new source stops that
  video.src = address;
  await new Promise((open) => source.addEventListener("sourceopen", open, { once: true }));
  URL.revokeObjectURL(address);
  try {
    const answer = await fetch(url, { signal });
    if (!answer.ok) return; // it is complete already, and the whole of it comes
    const reader = answer.body.getReader();
    let buffer = null, head = new Uint8Array();
    for (;;) {
      let { done, value } = await reader.read();
      if (done || signal.aborted) break;
      if (!buffer) {
        value = head = joined(head, value);
        const codec = codecOf(head);
        if (!codec) continue;
        buffer = source.addSourceBuffer(`video/mp4; codecs="${codec}"`);
      }
      await appended(buffer, value);
      if (video.buffered.length) told(video.buffered.end(video.buffered.length - 1));
    }
    if (!signal.aborted && source.readyState === "open") source.endOfStream();
  } catch (error) {
    // What a connection or the browser's memory cuts off here is seen when the video is complete.
    if (!signal.aborted) console.warn(error);
  }
}

function joined(a, b) {
  const both = new Uint8Array(a.length + b.length);
  both.set(a); both.set(b, a.length);
  return both;
}

function codecOf(head) { // profile, constraints and level of H.264 stand behind the name of their box
  for (let i = 4; i + 8 <= head.length; i++) {
    if (head[i] === 0x61 && head[i + 1] === 0x76 && head[i + 2] === 0x63 && head[i + 3] === 0x43)
      return "avc1." + [...head.slice(i + 5, i + 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return null;
}

function appended(buffer, value) {
  return new Promise((resolve, reject) => {
    buffer.addEventListener("updateend", resolve, { once: true });
    buffer.addEventListener("error", reject, { once: true });
    buffer.appendBuffer(value);
  });
}
