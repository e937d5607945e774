# README: survival_*.csv were made by R 4.2.2 with survival 3.5-3; make_spells.py, then `Rscript make_survival.R` in this folder.
#
# Kaplan-Meier curves with log-log limits, by Greenwood's variance and by the grouped jackknife (cluster), at every day on which a
# spell ended; and the median with its limits.
library(survival)

spells <- read.csv("survival_spells.csv", stringsAsFactors = FALSE)
curves <- medians <- NULL
for (case in unique(spells$case)) {
  part <- spells[spells$case == case, ]
  for (clustered in c(FALSE, TRUE)) {
    fit <- if (clustered) {
      survfit(Surv(days, ended) ~ 1, data = part, conf.type = "log-log", cluster = cluster)
    } else {
      survfit(Surv(days, ended) ~ 1, data = part, conf.type = "log-log")
    }
    at <- summary(fit)
    name <- if (clustered) "clustered" else "plain"
    curves <- rbind(curves, data.frame(
      case = case, variance = name, days = at$time, at_risk = at$n.risk, ended = at$n.event, survival = at$surv,
      std_error = at$std.err, lower = at$lower, upper = at$upper))
    middle <- quantile(fit, 0.5)
    medians <- rbind(medians, data.frame(
      case = case, variance = name, median = middle$quantile, lower = middle$lower, upper = middle$upper))
  }
}
write.csv(format(curves, digits = 15, trim = TRUE, scientific = FALSE), "survival_curves.csv", row.names = FALSE, quote = FALSE)
write.csv(medians, "survival_medians.csv", row.names = FALSE, quote = FALSE)
