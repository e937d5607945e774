# README: links.csv was made by R 4.2.2 with MASS 7.3.58.2 and ordinal 2022.11.16; rerun with `Rscript make_links.R` in this folder.
#
# Fits links_small.csv and links_large.csv by MASS::polr and ordinal::clm with every link, plain and weighted. Columns are divided
# by 100 first. polr's "cloglog" is clm's: F(u) = 1 - exp(-exp(u)).
library(MASS)
library(ordinal)

CLM <- clm.control(method = "Newton", gradTol = 1e-11, relTol = 1e-12, maxIter = 200, convergence = "stop")
POLR <- c(logit = "logistic", probit = "probit", cloglog = "cloglog")

result <- NULL
keep <- function(design, link, weighted, software, fit, estimate, error) {
  row <- data.frame(design, link, weighted, software, parameter = c(names(estimate), "loglik"),
                    estimate = c(estimate, as.numeric(logLik(fit))), std_error = c(error, NA))
  result <<- rbind(result, row)
}

for (design in c("small", "large")) {
  frame <- read.csv(paste0("links_", design, ".csv"))
  terms <- grep("^x", names(frame), value = TRUE)
  frame[terms] <- frame[terms] / 100
  frame$grade <- factor(frame$grade, ordered = TRUE)
  formula <- reformulate(terms, "grade")
  for (link in names(POLR)) for (weighted in c(FALSE, TRUE)) {
    frame$w <- if (weighted) frame$weight else 1
    by_clm <- clm(formula, data = frame, weights = w, link = link, control = CLM)
    keep(design, link, weighted, "clm", by_clm, coef(by_clm), sqrt(diag(vcov(by_clm))))
    # From clm's estimates: polr's own starting values come from a binomial glm that fails with the cloglog.
    control <- list(reltol = 1e-16, maxit = 10000, ndeps = rep(1e-5, length(coef(by_clm))))
    start <- c(by_clm$beta, by_clm$alpha)
    by_polr <- polr(formula, data = frame, weights = w, method = POLR[[link]], start = 0.9 * start, Hess = TRUE, control = control)
    estimate <- c(by_polr$zeta, coef(by_polr))
    keep(design, link, weighted, "polr", by_polr, estimate, sqrt(diag(vcov(by_polr)))[names(estimate)])
  }
}

numeric <- vapply(result, is.double, logical(1))
result[numeric] <- lapply(result[numeric], function(column) ifelse(is.na(column), "", sprintf("%.17g", column)))
write.csv(result, "links.csv", row.names = FALSE, quote = FALSE, eol = "\n")
