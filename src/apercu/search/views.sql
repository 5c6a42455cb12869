-- Views of an archive for DuckDB, which reads its files without Aperçu. Run this in the archive's folder, or
-- take what `apercu views ARCHIVE` prints, where its place is filled in.

-- recordings: one row per recording: file, camera, start (UTC, null without a clock), seconds, pixels.
create or replace view recordings as
select
    recording.recording_id as recording_id,
    recording.camera as camera,
    parse_filename(recording.path) as file_name,
    recording.start_time::timestamptz as start_time,
    recording.duration_s as duration_s,
    recording.width as width,
    recording.height as height
from read_json('recordings/*/*/*/analysis.json', columns = {recording: 'struct(recording_id varchar, camera varchar, path varchar, start_time varchar, duration_s double, width integer, height integer)'}, hive_partitioning = false);

-- tracks: one row per track, the columns of tracks.parquet.
create or replace view tracks as
select * from read_parquet('recordings/*/*/*/tracks.parquet', hive_partitioning = false);

-- observations: one row per track and analysed timecode, the columns of observations.parquet.
create or replace view observations as
select * from read_parquet('recordings/*/*/*/observations.parquet', hive_partitioning = false);

-- feet: where the bottom centre of each box stood: x_px and y_px in pixels of the recording, x and y in shares of its width and height.
create or replace view feet as
select
    o.recording_id, o.track_id, o.time_s,
    (o.x1::double + o.x2::double) / 2 as x_px,
    o.y2::double as y_px,
    x_px / r.width as x,
    y_px / r.height as y
from observations o join recordings r on o.recording_id = r.recording_id;

-- colours: one row per track and named colour; part is whole, upper or lower, and rank 1 the first named.
create or replace view colours as
select recording_id, track_id, class, part, rank, names[rank] as colour
from (
    select recording_id, track_id, class, part, names, unnest(range(1, len(names) + 1)) as rank
    from (
        select recording_id, track_id, class, 'whole' as part, colours as names from tracks
        union all select recording_id, track_id, class, 'upper', colours_upper from tracks
        union all select recording_id, track_id, class, 'lower', colours_lower from tracks
    )
);

-- hours: tracks by camera, hour in which they began (UTC) and class, with their median seconds and pixels a second; only recordings with a clock.
create or replace view hours as
select
    camera,
    time_bucket(interval 1 hour, start_time) as hour,
    class,
    count(*) as tracks,
    median(duration_s) as duration_s,
    median(speed_mean_px_s) as speed_px_s
from tracks
where start_time is not null
group by all;
