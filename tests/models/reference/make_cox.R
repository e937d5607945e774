# Reference values of tests/models/test_downgrades.py: R's survival::coxph on made-up council-years (make_cox_inputs.py), plain and with the
# ridge penalty that lifelines' `penalizer` is: theta = 0.05 n, squared coefficients in standard deviations.
#   Rscript make_cox.R    (R 4.2, survival 3.5)
library(survival)
d <- read.csv("cox_inputs.csv")
plain <- coxph(Surv(start, stop, event) ~ a + b + c, data = d, ties = "efron")
ridged <- coxph(Surv(start, stop, event) ~ ridge(a, b, c, theta = 0.05 * nrow(d), scale = TRUE), data = d, ties = "efron")
out <- rbind(
  data.frame(model = "plain", term = c("a", "b", "c"), slope = coef(plain), std_error = sqrt(diag(vcov(plain)))),
  data.frame(model = "ridge", term = c("a", "b", "c"), slope = as.numeric(coef(ridged)), std_error = sqrt(diag(ridged$var)))
)
write.csv(format(out, digits = 12), "cox_results.csv", row.names = FALSE, quote = FALSE)
