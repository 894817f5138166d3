-- boxd for C in LuaJIT, with its ffi: the declarations come from the headers, and a call suspends its coroutine until its callback
-- has run.
--
-- usage: luajit boxd_luajit.lua COMMAND [ARGUMENT...]    runs the command in a new box
--
-- Needs a C compiler (it preprocesses the headers) and libboxd-async. BOXD_CFLAGS and BOXD_LIBRARY name other places than those
-- of pkg-config: "-I..." and the path of libboxd-async.so.

local ffi = require("ffi")

-- LuaJIT must not compile a call of a C function that calls back into Lua: the dispatch, and also a submission, which calls back at
-- once if the client is closed.
jit.off(true, true)

local function output_of(command)
    local pipe = assert(io.popen(command))
    local text = pipe:read("*a")
    pipe:close()
    return text
end

-- All declarations of the headers, as ffi.cdef() reads them: without those of the system, and without bodies.
local function declarations()
    local flags = os.getenv("BOXD_CFLAGS") or output_of("pkg-config --cflags boxd-async"):gsub("\n", "")
    local text = output_of("echo '#include <boxd/aio.h>' | cc -E -U__GNUC__ '-D__attribute__(x)=' -D__extension__= -xc - " .. flags)
    local ours, lines = false, {}
    for line in text:gmatch("[^\n]+") do
        local file = line:match('^# %d+ "([^"]*)"')
        if file then
            ours = file:find("/boxd/", 1, true)
        elseif ours then
            lines[#lines + 1] = line
        end
    end
    return (table.concat(lines, "\n"):gsub("static inline [^{;]*%b{}", ""))
end

ffi.cdef(declarations())
ffi.cdef("struct pollfd { int fd; short events, revents; }; int poll(struct pollfd *fds, unsigned long count, int timeout_ms);")
local lib = ffi.load(os.getenv("BOXD_LIBRARY") or "libboxd-async.so.0")

local function message_of(failure)
    return ffi.string(lib.boxd_status_name(failure.status)) .. ": " .. ffi.string(failure.message)
end

local ended = {} -- calls whose callbacks have run

-- Submits an operation and suspends the coroutine until the callback has run. Returns the result, or raises the error.
local function await(submit, callback_type, ...)
    local call = {thread = coroutine.running()}
    call.callback = ffi.cast(callback_type, function(result, failure)
        call.result = result
        call.failure = failure ~= nil and message_of(failure) or nil
        ended[#ended + 1] = call -- an error must not leave a callback: the coroutine goes on outside of it
    end)
    local arguments, count = {...}, select("#", ...)
    arguments[count + 1] = call.callback
    submit(unpack(arguments, 1, count + 2))
    coroutine.yield()
    call.callback:free() -- their number is limited
    return call.failure and error(call.failure, 0) or call.result
end

-- Runs a function in a coroutine, and the callbacks of the client until the function has returned.
local function run(client, main)
    local thread = coroutine.create(main)
    local descriptor = ffi.new("struct pollfd[1]", {{fd = lib.boxd_aio_compute_fd(client), events = 1}}) -- POLLIN
    local good, value = coroutine.resume(thread)
    while coroutine.status(thread) ~= "dead" do
        ffi.C.poll(descriptor, 1, -1)
        lib.boxd_aio_compute_dispatch(client, 0)
        while #ended > 0 do
            local call = table.remove(ended, 1)
            local resumed, result = coroutine.resume(call.thread)
            if call.thread == thread then
                good, value = resumed, result
            end
        end
    end
    return good, value
end

local function run_command(client, words)
    local box = await(lib.boxd_aio_box_create, "boxd_box_cb", client, nil)
    local good, value = pcall(function()
        local argv = ffi.new("const char *[?]", #words + 1) -- zeros: the NULL at the end, too
        for i, word in ipairs(words) do
            argv[i - 1] = word
        end
        local result = await(lib.boxd_aio_box_exec, "boxd_exec_result_cb", box, argv, nil)
        io.write(ffi.string(result.out.data, result.out.size))
        local code = result.exit_code
        lib.boxd_exec_result_free(result)
        return code
    end)
    await(lib.boxd_aio_box_destroy, "boxd_done_cb", box, nil)
    lib.boxd_box_free(box)
    return good and value or error(value, 0)
end

local failure = ffi.new("boxd_error")
local options = ffi.new("boxd_compute_options", {dispatch = lib.BOXD_DISPATCH_MANUAL})
options.size = ffi.sizeof(options)
local client = lib.boxd_compute_open(options, failure)
if client == nil then
    io.stderr:write(message_of(failure), "\n")
    os.exit(1)
end
local good, value = run(client, function()
    local good, value = pcall(run_command, client, arg)
    await(lib.boxd_aio_compute_close, "boxd_done_cb", client)
    return good and value or error(value, 0)
end)
if not good then
    io.stderr:write(value, "\n")
    value = 1
end
os.exit(value)
