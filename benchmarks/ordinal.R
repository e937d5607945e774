# Time ordinal::clm over the resamples of a folder: data.csv (grade, x1 …) and counts.csv (one resample a row).
# Prints the median seconds of processor time for a fit; writes the estimates, one fit a row, to estimates.csv.
suppressPackageStartupMessages(library(ordinal))
folder <- commandArgs(trailingOnly = TRUE)[1]
data <- read.csv(file.path(folder, "data.csv"))
data$grade <- factor(data$grade, ordered = TRUE)
counts <- as.matrix(read.csv(file.path(folder, "counts.csv"), header = FALSE))
formula <- reformulate(setdiff(names(data), "grade"), "grade")
seconds <- numeric(nrow(counts))
estimates <- NULL
for (i in seq_len(nrow(counts))) {
  data$w <- counts[i, ]
  drawn <- data[data$w > 0, ]
  before <- proc.time()
  fit <- clm(formula, data = drawn, weights = w)
  after <- proc.time()
  seconds[i] <- sum((after - before)[1:2])
  estimates <- rbind(estimates, c(coef(fit), as.numeric(logLik(fit))))
}
# The clock ticks in milliseconds: the mean is finer than the median.
cat(sprintf("%.9f", mean(seconds)))
write.table(estimates, file.path(folder, "estimates.csv"), sep = ",", row.names = FALSE, col.names = FALSE)
