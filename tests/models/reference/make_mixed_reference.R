# README: mixed_made_up.csv, mixed_estimates.csv, mixed_fits.csv and mixed_modes.csv were made by R 4.2.2 with ordinal 2022.11.16, lme4 1.1.31 and numDeriv 2016.8.1.1; rerun with `Rscript make_mixed_reference.R` in this folder.
#
# Makes up six inputs, then fits them and mixed_panel.csv with crossed random intercepts by the Laplace approximation: the grade
# with ordinal::clmm, good or better (grade >= 2) with clmm and lme4::glmer. Both peers stop early as they come, so their
# tolerances are tightened.
suppressMessages({library(ordinal); library(lme4)})

drawn <- function(case, seed, levels, deviations, thresholds, factors, slopes = c(0.8, -0.5)) {
  set.seed(seed)
  n <- nrow(factors)
  a <- round(rnorm(n), 3)
  b <- round(runif(n, 0, 3), 3)
  latent <- slopes[1] * a + slopes[2] * b + rlogis(n)
  for (f in names(factors)) latent <- latent + (rnorm(levels[[f]]) * deviations[[f]])[factors[[f]]]
  grade <- findInterval(latent, thresholds)
  every <- data.frame(council = factors$council, year = if (is.null(factors$year)) NA else factors$year,
                      inspector = if (is.null(factors$inspector)) NA else factors$inspector)
  data.frame(case = case, grade = grade, a = a, b = b, every)
}
uneven <- function(n, levels) c(seq_len(levels), sample(levels, n - levels, replace = TRUE, prob = 1 / seq_len(levels)))

four <- c(-2.2, -0.4, 1.3)
cross <- expand.grid(council = 1:40, year = 1:10)
made_up <- rbind(
  drawn("balanced", 1, list(council = 40, year = 10), list(council = 0.9, year = 0.6), four, cross),
  {set.seed(2); drawn("unbalanced", 2, list(council = 60, year = 9), list(council = 0.7, year = 0.5), four,
                      data.frame(council = uneven(330, 60), year = sample(uneven(330, 9))))},
  {set.seed(3); drawn("one", 3, list(council = 50), list(council = 1.1), c(-1, 0.6), data.frame(council = uneven(240, 50)))},
  # More years than councils would be odd, but it must not matter which factor is named first.
  {set.seed(4); drawn("three", 4, list(council = 12, year = 30, inspector = 8), list(council = 0.6, year = 0.8, inspector = 0.5), four,
                      data.frame(council = uneven(360, 12), year = sample(uneven(360, 30)), inspector = sample(uneven(360, 8))))},
  # Years that do not differ: by chance their deviation comes out small in the one, and as 0 in the other.
  drawn("near_zero", 16, list(council = 30, year = 8), list(council = 0.8, year = 0), four, expand.grid(council = 1:30, year = 1:8)),
  drawn("zero", 7, list(council = 30, year = 8), list(council = 0.8, year = 0), four, expand.grid(council = 1:30, year = 1:8)))

GROUPS <- list(balanced = c("council", "year"), unbalanced = c("council", "year"), one = "council", three = c("council", "year", "inspector"),
               near_zero = c("council", "year"), zero = c("council", "year"), panel = c("council", "figures_year"))
TIGHT <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, optCtrl = list(rhobeg = 0.1, rhoend = 1e-9, maxfun = 1e5), check.conv.singular = "ignore")
MODES <- c("unbalanced", "panel")

# clmm's own fit, then two Newton steps on its own log-likelihood with derivatives by Richardson's extrapolation: clmm climbs on
# simple differences, stops early, and its standard errors are good to three digits only where a deviation is small.
by_clmm <- function(formula, frame) {
  control <- clmm.control(method = "nlminb", useMatrix = TRUE, rel.tol = 1e-15, x.tol = 1e-12, maxIter = 200, gradTol = 1e-8, innerCtrl = "noWarn")
  fit <- clmm(formula, data = frame, control = control)
  rho <- clmm(formula, data = frame, control = control, doFit = FALSE)
  fixed <- seq_along(coef(fit))
  # The log-likelihood is even in a deviation, so that differences may be taken at 0.
  objective <- function(place) ordinal:::getNLA(rho, c(place[fixed], abs(place[-fixed])))
  best <- c(coef(fit), unlist(fit$ST))
  hessian <- numDeriv::hessian(objective, best)
  for (step in 1:2) best <- best - solve(hessian, numDeriv::grad(objective, best))
  gradient <- numDeriv::grad(objective, best)
  cat("clmm:", sum(gradient * solve(hessian, gradient)) / 2, "left to gain;", -objective(best) - as.numeric(logLik(fit)), "gained\n")
  error <- sqrt(diag(solve(numDeriv::hessian(objective, best))))
  list(estimate = best[fixed], deviation = setNames(abs(best[-fixed]), names(fit$ST)), error = error, loglik = -objective(best), fit = fit)
}

estimates <- fits <- modes <- NULL
keep <- function(case, kind, software, parameter, estimate, error) {
  estimates <<- rbind(estimates, data.frame(case = case, kind = kind, software = software, parameter = parameter, estimate = estimate, std_error = error))
}
keep_fit <- function(case, kind, software, loglik, frame) {
  fits <<- rbind(fits, data.frame(case = case, kind = kind, software = software, n = nrow(frame), loglik = loglik))
}
keep_modes <- function(case, kind, software, fit) {
  found <- if (software == "clmm") ordinal::ranef(fit) else lme4::ranef(fit, condVar = TRUE)
  for (group in names(found)) {
    variance <- if (software == "clmm") ordinal::condVar(fit)[[group]] else attr(found[[group]], "postVar")
    modes <<- rbind(modes, data.frame(case = case, kind = kind, software = software, group = group, level = rownames(found[[group]]),
                                      mode = found[[group]][, 1], std_error = sqrt(as.vector(unlist(variance)))))
  }
}
keep_clmm <- function(case, kind, formula, frame, terms, groups) {
  found <- by_clmm(formula, frame)
  fixed <- seq_along(found$estimate)
  keep(case, kind, "clmm", c(names(coef(found$fit)), paste0("sd ", groups)), c(found$estimate, found$deviation[groups]),
       c(found$error[fixed], found$error[-fixed][match(groups, names(found$deviation))]))
  keep_fit(case, kind, "clmm", found$loglik, frame)
  if (case %in% MODES && kind == "ordered") keep_modes(case, kind, "clmm", found$fit)
}
keep_glmer <- function(case, formula, frame, terms, groups) {
  fit <- glmer(formula, data = frame, family = binomial, control = TIGHT)
  error <- sqrt(diag(as.matrix(vcov(fit))))
  deviation <- sapply(groups, function(group) getME(fit, "theta")[[paste0(group, ".(Intercept)")]])
  keep(case, "binary", "glmer", c("0|1", terms, paste0("sd ", groups)), c(-fixef(fit)[1], fixef(fit)[terms], deviation), c(error, NA * deviation))
  keep_fit(case, "binary", "glmer", as.numeric(logLik(fit)), frame)
  if (case %in% MODES) keep_modes(case, "binary", "glmer", fit)
}

panel <- read.csv("mixed_panel.csv")
for (case in names(GROUPS)) {
  frame <- if (case == "panel") panel else made_up[made_up$case == case, ]
  groups <- GROUPS[[case]]
  terms <- if (case == "panel") c("deprivation_decile", "preventative_100") else c("a", "b")
  for (group in groups) frame[[group]] <- factor(frame[[group]])
  frame$ordered <- factor(frame$grade, ordered = TRUE)
  frame$good <- as.integer(frame$grade >= 2)
  frame$good_factor <- factor(frame$good, ordered = TRUE)
  right <- c(terms, paste0("(1 | ", groups, ")"))
  keep_clmm(case, "ordered", reformulate(right, "ordered"), frame, terms, groups)
  if (case %in% c("balanced", "panel")) keep_clmm(case, "binary", reformulate(right, "good_factor"), frame, terms, groups)
  keep_glmer(case, reformulate(right, "good"), frame, terms, groups)
  cat(case, "\n")
}

write_exact <- function(table, file) {
  numeric <- vapply(table, is.double, logical(1))
  table[numeric] <- lapply(table[numeric], function(column) ifelse(is.na(column), "", sprintf("%.15g", column)))
  write.csv(table, file, row.names = FALSE, quote = FALSE, eol = "\n", na = "")
}
write_exact(made_up, "mixed_made_up.csv")
write_exact(estimates, "mixed_estimates.csv")
write_exact(fits, "mixed_fits.csv")
write_exact(modes, "mixed_modes.csv")
