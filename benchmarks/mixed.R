# Times clmm and glmer on the tables that mixed.py writes: Rscript mixed.R table.csv turns factor factor …
# Prints software, processor seconds (one line a turn) and log-likelihood. Both as they come: default controls, Hessian included.
suppressMessages({library(ordinal); library(lme4)})
given <- commandArgs(trailingOnly = TRUE)
frame <- read.csv(given[1])
turns <- as.integer(given[2])
groups <- given[-(1:2)]
for (group in groups) frame[[group]] <- factor(frame[[group]])
frame$ordered <- factor(frame$grade, ordered = TRUE)
frame$good <- as.integer(frame$grade >= 2)
right <- c(setdiff(names(frame), c("grade", "ordered", "good", groups)), paste0("(1 | ", groups, ")"))
ways <- list(
  clmm = function() clmm(reformulate(right, "ordered"), data = frame),
  glmer = function() glmer(reformulate(right, "good"), data = frame, family = binomial))
for (turn in seq_len(turns)) for (name in names(ways)) {
  seconds <- sum(system.time(fit <- suppressMessages(suppressWarnings(ways[[name]]())))[1:2])
  cat(name, seconds, sprintf("%.9f", as.numeric(logLik(fit))), "\n")
}
