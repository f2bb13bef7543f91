-- What wrk asks and what it tells. Requests come from a file, one in a line: the path, then header fields behind tabs.
-- With the word "gaps" behind the file, the longest time in which nothing was answered is taken too, and each refusal.

local ffi = require("ffi")
ffi.cdef[[
  typedef struct { long seconds; long nanoseconds; } bench_time;
  int clock_gettime(int clock, bench_time *now);
]]
local MONOTONIC = 1
local now = ffi.new("bench_time")

local requests, asked = {}, 0
local threads = {}
last, longest, refused = 0, 0, {}

local function seconds()
  ffi.C.clock_gettime(MONOTONIC, now)
  return tonumber(now.seconds) + tonumber(now.nanoseconds) / 1e9
end

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, fields = line:match("^([^\t]+)(.*)$")
    local headers = {}
    for name, value in fields:gmatch("\t([^:]+): ([^\t]+)") do
      headers[name] = value
    end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
  if arguments[2] == "gaps" then
    response = function(status)
      local at = seconds()
      if last > 0 and at - last > longest then
        longest = at - last
      end
      last = at
      if status > 399 then
        refused[status] = (refused[status] or 0) + 1
      end
    end
  end
end

function request()
  asked = asked % #requests + 1
  return requests[asked]
end

function done(summary, latency)
  local gap, statuses = 0, {}
  -- There is one thread.
  for _, thread in ipairs(threads) do
    gap = thread:get("longest")
    for status, count in pairs(thread:get("refused")) do
      statuses[#statuses + 1] = string.format('"%d": %d', status, count)
    end
  end
  local errors = summary.errors
  io.write(string.format(
    'told {"requests": %d, "seconds": %.6f, "bytes": %.0f, "median_ms": %.3f, "p99_ms": %.3f, "longest_ms": %.3f, '
      .. '"gap_ms": %.3f, "errors": {"connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}, '
      .. '"statuses": {%s}}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, gap * 1e3,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout,
    table.concat(statuses, ", ")
  ))
end
