-- wrk: send the requests of the file that is named, in turn, and end with one line of JSON.
local ready, turn = {}, 0

function init(args)
  for i, r in ipairs(dofile(args[1])) do
    ready[i] = wrk.format(r[1], r[2], r[4], r[3] ~= "" and r[3] or nil)
  end
end

function request()
  turn = turn % #ready + 1
  return ready[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local refused = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  print(string.format('{"answers":%d,"refused":%d,"seconds":%.3f,"p50":%.3f,"p99":%.3f}',
    summary.requests, refused, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
