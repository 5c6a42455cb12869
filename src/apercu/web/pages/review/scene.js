// A line, an area or a path, drawn on the empty scene by pointer or keyboard. Points are shares of the picture.
export default {
  template: `
    <div class="scene" ref="root" tabindex="0" role="application" :aria-label="label" @keydown="key">
      <img :src="src" alt="" draggable="false">
      <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" @click="add" @dblclick.prevent="finish" @pointermove="follow" @pointerleave="pointer = null">
        <polygon v-if="mode === 'area' && trail.length > 2" :points="told(trail)" class="fill" />
        <polyline v-else-if="trail.length > 1" :points="told(trail)" class="under" />
        <polygon v-if="mode === 'area' && trail.length > 2" :points="told(trail)" class="stroke" />
        <polyline v-else-if="trail.length > 1" :points="told(trail)" class="stroke" />
      </svg>
      <i v-for="(p, i) in points" :key="i" class="dot" :style="where(p)"></i>
      <i v-if="cross" class="cross" :style="where(cross)"></i>
    </div>`,
  props: { src: String, mode: String, label: String },
  emits: ["drawn"],
  data: () => ({ points: [], pointer: null, cross: null, done: false }),
  computed: {
    trail() {
      const next = this.done ? null : this.cross ?? this.pointer;
      return this.points.length && next ? [...this.points, next] : this.points;
    },
    least() { return this.mode === "area" ? 3 : 2; },
  },
  watch: { mode() { this.again(); } },
  methods: {
    told(points) { return points.map(([x, y]) => `${x * 1000},${y * 1000}`).join(" "); },
    where([x, y]) { return { left: `${x * 100}%`, top: `${y * 100}%` }; },
    point(event) {
      const box = this.$refs.root.getBoundingClientRect();
      const share = (v) => Math.round(Math.min(1, Math.max(0, v)) * 1000) / 1000;
      return [share((event.clientX - box.left) / box.width), share((event.clientY - box.top) / box.height)];
    },
    follow(event) { this.pointer = this.point(event); this.cross = null; },
    add(event) { this.put(this.point(event)); },
    put(point) {
      if (this.done) this.again();
      const last = this.points[this.points.length - 1];
      if (last && Math.hypot(last[0] - point[0], last[1] - point[1]) < 0.004) return;
      this.points.push(point);
      if (this.mode === "line" && this.points.length === 2) this.finish(); else this.tell();
    },
    finish() { this.done = this.points.length >= this.least; this.tell(); },
    again() { this.points = []; this.done = false; this.tell(); },
    tell() { this.$emit("drawn", { points: this.points.length >= this.least ? this.points : [] }); },
    key(event) {
      const by = event.shiftKey ? 0.005 : 0.02;
      const moves = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[event.key];
      const share = (v) => Math.round(Math.min(1, Math.max(0, v)) * 1000) / 1000;
      if (moves) { const [x, y] = this.cross ?? [0.5, 0.5]; this.cross = [share(x + moves[0]), share(y + moves[1])]; }
      else if (event.key === " ") this.put(this.cross ?? [0.5, 0.5]);
      else if (event.key === "Enter") this.finish();
      else if (event.key === "Backspace") { this.points.pop(); this.done = false; this.tell(); }
      else return;
      event.preventDefault(); event.stopPropagation();
    },
  },
};
