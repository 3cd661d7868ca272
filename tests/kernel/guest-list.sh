# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced in the guest by the scripts that run a list of commands. The directory that they work in is
# seen by the host, where crosscheck/boots.py watches the file "running" of it: the id of the command
# that runs.

tracing=/sys/kernel/tracing

# run_list PREPARE: runs each line "ID<tab>SECONDS<tab>COMMAND" of the file "list", after PREPARE,
# and leaves for each ID.log (what it printed), ID.status and ID.trace (what the kernel saw, raw
# pages).
run_list() {
    local id seconds command status
    echo "${TRACE_BUFFER_KB:-262144}" >$tracing/buffer_size_kb
    echo 0 >$tracing/options/overwrite
    while IFS=$'\t' read -r id seconds command; do
        echo "$id" >running
        "$1"
        : >$tracing/trace
        timeout -k 3 "$seconds" bash -c "$command" >"$id.log" 2>&1 </dev/null
        status=$?
        dd if=$tracing/per_cpu/cpu0/trace_pipe_raw of="$id.trace" bs=4096 iflag=nonblock 2>/dev/null
        grep -q '^dropped events: 0$' $tracing/per_cpu/cpu0/stats || status=overrun
        echo $status >"$id.status"
    done <list
}
