# README: estimates.csv, fits.csv and predictions.csv were made by R 4.2.2 with MASS 7.3.58.2 and ordinal 2022.11.16; rerun with `Rscript make_reference.R` in this folder.
#
# Fits every case of cases.csv with MASS::polr, ordinal::clm (and stats::glm where the outcome is binary). Standard errors are
# from the observed information. Columns are fitted in units near one, so that no peer stops early on a steep or flat axis,
# and the slopes turned back to the units of the file.
library(MASS)
library(ordinal)

UNITS <- c(rate = 1e-3, score = 10, spend = 1e3, income = 1e5, deprivation_decile = 1, preventative_100 = 1,
           safeguarding_100 = 1, looked_after_100 = 1, gross_100 = 1, a = 1, b = 1)
CLM <- clm.control(method = "Newton", gradTol = 1e-11, relTol = 1e-12, maxIter = 200, convergence = "stop")

in_units <- function(frame, terms) {
  for (term in terms) frame[[term]] <- frame[[term]] / UNITS[[term]]
  frame
}

estimates_of <- function(case, software, estimate, error, terms) {
  unit <- c(rep(1, length(estimate) - length(terms)), UNITS[terms])
  data.frame(case = case, software = software, parameter = names(estimate), estimate = estimate / unit, std_error = error / unit)
}

fit_of <- function(case, software, fit, n) data.frame(case = case, software = software, n = n, loglik = as.numeric(logLik(fit)))

cases <- read.csv("cases.csv", colClasses = "character")
estimates <- fits <- predictions <- NULL
for (i in seq_len(nrow(cases))) {
  case <- cases[i, "case"]
  terms <- strsplit(cases[i, "terms"], " ")[[1]]
  frame <- in_units(read.csv(cases[i, "file"]), terms)
  outcome <- cases[i, "outcome"]
  frame$outcome <- factor(frame[[outcome]], ordered = TRUE)
  frame$w <- if (cases[i, "weights"] == "") 1 else frame[[cases[i, "weights"]]]
  formula <- reformulate(terms, "outcome")
  n <- nrow(frame)

  by_clm <- clm(formula, data = frame, weights = w, control = CLM)
  error <- sqrt(diag(vcov(by_clm)))
  estimates <- rbind(estimates, estimates_of(case, "clm", coef(by_clm), error, terms))
  fits <- rbind(fits, fit_of(case, "clm", by_clm, n))

  if (nlevels(frame$outcome) > 2) {
    control <- list(reltol = 1e-16, maxit = 10000, ndeps = rep(1e-5, length(coef(by_clm))))
    # Its starting values come from a binomial glm, which warns of weights in quarters.
    by_polr <- suppressWarnings(polr(formula, data = frame, weights = w, Hess = TRUE, control = control))
    estimate <- c(by_polr$zeta, coef(by_polr))
    error <- sqrt(diag(vcov(by_polr)))[names(estimate)]
    estimates <- rbind(estimates, estimates_of(case, "polr", estimate, error, terms))
    fits <- rbind(fits, fit_of(case, "polr", by_polr, n))
  } else {
    frame$outcome <- frame[[outcome]]
    by_glm <- glm(formula, data = frame, family = binomial, control = glm.control(epsilon = 1e-15, maxit = 100))
    estimate <- c("0|1" = -unname(coef(by_glm)[1]), coef(by_glm)[-1])
    estimates <- rbind(estimates, estimates_of(case, "glm", estimate, sqrt(diag(vcov(by_glm))), terms))
    fits <- rbind(fits, fit_of(case, "glm", by_glm, n))
  }

  if (case == "sif") {
    new <- in_units(read.csv("sif_new.csv"), terms)
    told <- predict(by_clm, newdata = new, se.fit = TRUE, interval = TRUE, level = 0.9)
    for (grade in seq_len(ncol(told$fit))) {
      predictions <- rbind(predictions, data.frame(
        row = seq_len(nrow(new)) - 1, grade = grade - 1, probability = told$fit[, grade], std_error = told$se.fit[, grade],
        lower = told$lwr[, grade], upper = told$upr[, grade]))
    }
  }
}

write_exact <- function(table, file) {
  numeric <- vapply(table, is.double, logical(1))
  table[numeric] <- lapply(table[numeric], function(column) sprintf("%.17g", column))
  write.csv(table, file, row.names = FALSE, quote = FALSE, eol = "\n")
}
write_exact(estimates, "estimates.csv")
write_exact(fits, "fits.csv")
write_exact(predictions, "predictions.csv")
