// Files are sent in pieces (tus, by its own client); what was begun before is gone on with when it is chosen again.
const PIECE = 8 * 1024 * 1024;
const PAUSES = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000];

// By which a file is known again, without its name: size, date, and a sum of the name's letters (FNV-1a).
function stampOf(file) {
  let sum = 0x811c9dc5;
  for (const letter of new TextEncoder().encode(file.name)) sum = Math.imul(sum ^ letter, 0x01000193) >>> 0;
  return `${file.size}-${file.lastModified}-${sum.toString(16)}`;
}

export default {
  template: `
    <div class="upload">
      <label class="drop" :class="{ over }" @dragover.prevent="over = true" @dragleave="over = false" @drop.prevent="dropped">
        <input ref="chooser" class="sr-only" type="file" multiple :accept="suffixes" @change="chosen">
        <strong>{{ words.choose }}</strong><span class="muted small">{{ words.drop }}</span>
      </label>
      <ul v-if="items.length" class="sending">
        <li v-for="item in items" :key="item.key">
          <div class="row-line">
            <span class="called">{{ item.label }}</span>
            <span class="muted small nums" role="status">{{ told(item) }}</span>
            <span class="spring"></span>
            <button v-if="item.state === 'sending' || item.state === 'waiting'" type="button" class="button chip"
                    @click="pause(item)" :aria-label="words.pause + ' ' + item.label">{{ words.pause }}</button>
            <button v-if="item.state === 'paused' || item.state === 'failed' && item.file" type="button" class="button chip"
                    @click="resume(item)" :aria-label="words.resume + ' ' + item.label">{{ words.resume }}</button>
            <button v-if="item.state !== 'done'" type="button" class="button chip" @click="remove(item)"
                    :aria-label="words.remove + ' ' + item.label" :title="words.remove">✕</button>
          </div>
          <progress v-if="item.state !== 'done' && (item.file || item.sent)" :value="item.sent" :max="item.size" :aria-label="item.label"></progress>
          <p v-if="item.state === 'failed'" class="quote" role="alert">{{ item.error }}</p>
          <p v-if="item.state === 'begun'" class="muted small">{{ words.again }}</p>
        </li>
      </ul>
    </div>`,
  props: { endpoint: String, csrf: String, begun: Array, here: Array, words: Object, errors: Object, suffixes: String, most: Number },
  emits: ["sent"],
  data: () => ({ items: [], over: false, done: [] }),
  created() {
    for (const each of this.begun) {
      this.items.push({ key: each.stamp, label: each.label, size: each.size, sent: each.offset, state: "begun",
        url: `${this.endpoint}/${each.id}` });
    }
  },
  methods: {
    dropped(event) {
      this.over = false;
      this.add(event.dataTransfer.files);
    },
    chosen(event) {
      this.add(event.target.files);
      event.target.value = "";
    },
    add(files) {
      for (const file of files) {
        const key = stampOf(file);
        let item = this.items.find((each) => each.key === key && each.state !== "done");
        if (!item) {
          this.items.push({ key, label: file.name, size: file.size, sent: 0, state: "begun", url: null });
          item = this.items[this.items.length - 1];
        }
        if (item.file) continue; // it is being sent
        if (this.here.includes(key)) {
          Object.assign(item, { state: "done", sent: file.size });
          continue;
        }
        item.file = Object.freeze({ content: file });
        const ending = "." + file.name.split(".").pop().toLowerCase();
        if (!this.suffixes.split(",").includes(ending) || !file.size) this.refuse(item, this.words.none);
        else if (file.size > this.most) this.refuse(item, this.errors.TooLargeError);
        else item.state = "waiting";
      }
      this.next();
    },
    // One after the other: two at once would both be slower.
    next() {
      if (this.items.some((item) => item.state === "sending")) return;
      const item = this.items.find((each) => each.state === "waiting");
      if (item) this.send(item);
      else if (this.done.length) {
        this.$emit("sent", { names: this.done });
        this.done = [];
      }
    },
    send(item) {
      item.state = "sending";
      const upload = new tus.Upload(item.file.content, {
        endpoint: this.endpoint,
        uploadUrl: item.url,
        chunkSize: PIECE,
        retryDelays: PAUSES,
        storeFingerprintForResuming: false, // the service knows what was begun, and nothing stays in the browser
        headers: { "X-CSRF-Token": this.csrf },
        metadata: { filename: item.label, stamp: item.key },
        onUploadUrlAvailable: () => { item.url = new URL(upload.url, location.href).pathname; },
        onProgress: (sent) => { item.sent = sent; item.retrying = false; },
        onShouldRetry: (error) => {
          const code = error.originalResponse ? error.originalResponse.getStatus() : 0;
          item.retrying = code === 0 || code === 409 || (code >= 500 && code !== 507);
          return item.retrying;
        },
        onError: (error) => {
          this.fail(item, this.reason(error));
          this.next();
        },
        onSuccess: () => {
          Object.assign(item, { state: "done", sent: item.size, file: null });
          this.done.push("uploads/" + item.url.split("/").pop());
          this.next();
        },
      });
      item.upload = Object.freeze({ abort: () => upload.abort() });
      upload.start();
    },
    reason(error) {
      const answer = error.originalResponse;
      if (!answer || !answer.getStatus()) return this.words.away;
      try {
        const problem = JSON.parse(answer.getBody());
        return this.errors[problem.type] || `${this.words.failed} (${problem.what})`;
      } catch {
        return this.words.failed;
      }
    },
    // What would be refused anyway is not even begun.
    refuse(item, error) {
      item.file = null;
      this.fail(item, error);
    },
    fail(item, error) {
      Object.assign(item, { state: "failed", error, retrying: false });
    },
    async pause(item) {
      if (item.upload) await item.upload.abort();
      item.state = "paused";
      this.next();
    },
    resume(item) {
      item.state = "waiting";
      this.next();
    },
    async remove(item) {
      if (item.upload) await item.upload.abort();
      if (item.url) {
        const headers = { "X-CSRF-Token": this.csrf, "Tus-Resumable": "1.0.0" };
        const answer = await fetch(item.url, { method: "DELETE", headers }).catch(() => null);
        if (!answer || (!answer.ok && answer.status !== 404)) return this.fail(item, this.words.away);
      }
      this.items.splice(this.items.indexOf(item), 1);
      this.next();
    },
    bytes(count) {
      const units = this.words.units;
      let at = 0;
      for (; count >= 1000 && at < units.length - 1; at++) count /= 1000;
      return `${count.toLocaleString(document.documentElement.lang, { maximumFractionDigits: at > 1 ? 1 : 0 })} ${units[at]}`;
    },
    told(item) {
      const whole = this.bytes(item.size);
      if (item.state === "done") return `${whole} · ${this.words.done}`;
      const state = item.retrying ? this.words.retrying : this.words[item.state];
      return `${this.bytes(item.sent)} / ${whole} · ${state}`;
    },
  },
};
