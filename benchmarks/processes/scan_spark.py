"""The yardstick of Spark: values of each column of Parquet files, counted. Prints the seconds of the second time."""

import os
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import count

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
for _ in range(2):
    started = time.perf_counter()
    frame = session.read.parquet(*sys.argv[1:])
    frame.select([count(name) for name in frame.columns]).collect()
    seconds = time.perf_counter() - started
print(seconds)
session.stop()
