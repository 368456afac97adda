// A type without storage, where no operation of TOSA stands: its verifier would ask for that storage (hostile-modules.test).
// RUN: qopt %s --tally-verify-contents --verify-diagnostics

// expected-error @below {{has a tensor of type 'tensor<2x!quant.calibrated<f32<-1.000000e+00:1.000000e+00>>>', which says no storage}}
func.func private @calibrated() -> tensor<2x!quant.calibrated<f32<-1.0:1.0>>>
