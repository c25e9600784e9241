#!/usr/bin/env python3
"""The peer of the benchmark: runs StableHLO programs on XLA:CPU, as JAX would. Needs `pip install jax`.

Reads commands from standard input, one JSON object a line, and answers each with one line:
  {"load": FILE, "inputs": [SPEC, …]}  -> {"compileMs": float}     inputs by the recipe of src/hlo/recipe.ts
  {"time": FILE, "n": int}             -> {"us": [float, …]}       one execution each, inputs on the device
  {"drop": FILE}                       -> {}
`--threads 1` keeps XLA to one core and one thread.
"""
import argparse
import json
import os
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=1)
threads = parser.parse_args().threads
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
os.environ["JAX_PLATFORMS"] = "cpu"
if threads == 1:
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"

import jax
import ml_dtypes
import numpy as np
from jax._src.lib import xla_client

jax.config.update("jax_enable_x64", True)
client = jax.devices()[0].client
devices = xla_client.DeviceList(tuple(client.local_devices()[:1]))


def uniform(count, seed):
    """Element k: the high 24 bits of a mix of k and the seed, over 2^24."""
    k = np.arange(count, dtype=np.uint64)
    h = ((k * np.uint64(2654435769) + np.uint64((seed + 1) * 40503)) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = (h ^ (h >> np.uint32(shift))) * np.uint32(factor)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float64) / 2.0**24


def make_input(spec):
    name, shape = spec["dtype"], spec["shape"]
    dtype = np.dtype(getattr(ml_dtypes, name)) if hasattr(ml_dtypes, name) else np.dtype(name)
    if "values" in spec:
        read = complex if dtype.kind == "c" else int if dtype.kind in "iu" else float
        return np.array([read(*v) if isinstance(v, list) else read(v) for v in spec["values"]]).astype(dtype).reshape(shape)
    count = int(np.prod(shape, dtype=np.int64))
    draw = lambda seed: spec["lo"] + (spec["hi"] - spec["lo"]) * uniform(count, seed)
    values = draw(spec["seed"])
    if dtype.kind == "c":
        values = values + 1j * draw(spec["seed"] + 100000)
    elif dtype.kind in "iub" or "int" in dtype.name:
        values = np.floor(values)
    return values.astype(dtype).reshape(shape)


class Program:
    def __init__(self, file, inputs):
        text = open(file, "rb").read()
        start = time.perf_counter()
        self.executable = client.compile_and_load(text, devices, xla_client.CompileOptions())
        self.compile_ms = (time.perf_counter() - start) * 1e3
        arrays = [jax.device_put(make_input(s)) for s in inputs]
        jax.block_until_ready(arrays)
        self.buffers = [getattr(a, "_arrays", [a])[0] for a in arrays]

    def run(self):
        for out in self.executable.execute_sharded(self.buffers).disassemble_into_single_device_arrays():
            out[0].block_until_ready()

    def time(self, n):
        us = []
        for _ in range(n):
            start = time.perf_counter_ns()
            self.run()
            us.append((time.perf_counter_ns() - start) / 1e3)
        return us


programs = {}
for line in sys.stdin:
    command = json.loads(line)
    try:
        if "load" in command:
            programs[command["load"]] = Program(command["load"], command["inputs"])
            answer = {"compileMs": programs[command["load"]].compile_ms}
        elif "time" in command:
            answer = {"us": programs[command["time"]].time(command["n"])}
        else:
            programs.pop(command["drop"], None)
            answer = {}
    except Exception as e:  # one answer a command, whatever happens
        answer = {"error": str(e).splitlines()[0]}
    print(json.dumps(answer), flush=True)
