"""Folds a Parquet file with Spark under the plan of a pack. Prints the seconds of the second time: workers are up."""

import os
import sys
import time

from pyspark.sql import SparkSession

from driftline import Monitor
from driftline.profiles.engines.base import open_source
from driftline.profiles.engines.spark import Spark

pack, path = sys.argv[1:]
os.environ["PYSPARK_PYTHON"] = sys.executable
session = (
    SparkSession.builder.master("local[*]")
    .config("spark.ui.enabled", value=False)
    .config("spark.driver.memory", "2g")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
session.sparkContext.setLogLevel("ERROR")
monitor = Monitor.load(pack)
for _ in range(2):
    started = time.perf_counter()
    Spark().fold(open_source(path, "spark"), monitor.plan)
    seconds = time.perf_counter() - started
print(seconds)
session.stop()
