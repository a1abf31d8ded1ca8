// Dining chair of ash with a slatted back. VIEW 1 pastel blue studio, 2 light grey studio from behind.
#include "common.inc"
#declare AshX = WoodX(Ash[0], Ash[1], 0.9)
#declare AshY = WoodY(Ash[0], Ash[1], 0.9)
#declare AshZ = Wood(Ash[0], Ash[1], 0.9)
#macro Leg(A, C) union { cone { A, 0.035, C, 0.055 } sphere { C, 0.055 } M(AshY) } #end
#declare Chair = union {
  intersection {
    Round_Box_Union(<-0.52, 0.93, -0.5>, <0.52, 1.03, 0.5>, 0.045)
    cylinder { <0, -5, 0>, <0, 5, 0>, 0.64 }
    M(AshZ)
  }
  Leg(<-0.47, 0, -0.46>, <-0.42, 0.95, -0.4>) Leg(<0.47, 0, -0.46>, <0.42, 0.95, -0.4>)
  Leg(<-0.44, 0, 0.52>, <-0.40, 0.95, 0.40>) Leg(<0.44, 0, 0.52>, <0.40, 0.95, 0.40>)
  union { cylinder { <-0.445, 0.42, -0.43>, <-0.42, 0.42, 0.47>, 0.026 } cylinder { <0.445, 0.42, -0.43>, <0.42, 0.42, 0.47>, 0.026 } M(AshZ) }
  union { cylinder { <-0.43, 0.42, 0.02>, <0.43, 0.42, 0.02>, 0.026 } cylinder { <-0.43, 0.62, 0.44>, <0.43, 0.62, 0.44>, 0.026 } M(AshX) }
  // the back leans; its five slats leave gaps
  union {
    union { cylinder { <-0.40, -0.02, 0>, <-0.43, 0.98, 0>, 0.042 } cylinder { <0.40, -0.02, 0>, <0.43, 0.98, 0>, 0.042 } M(AshY) }
    #for (I, -2, 2)
      Round_Box_Union(<I*0.135 - 0.036, 0.02, -0.014>, <I*0.135 + 0.036, 0.92, 0.014>, 0.012)
    #end
    union { Round_Box_Union(<-0.5, 0.86, -0.035>, <0.5, 1.06, 0.035>, 0.033) M(AshX) }
    M(AshY)
    rotate x*11 translate <0, 1.0, 0.42>
  }
}
#if (VIEW = 1)
  Studio(-1, 1)
  Sweep(srgb <0.76, 0.84, 0.90>, 7.5)
  object { Chair rotate y*32 translate x*-0.05 }
  Cam(<0, 2.9, -9>, <0, 0.98, 0>, 19)
#end
#if (VIEW = 2)
  Studio(1, 1)
  Sweep(srgb <0.83, 0.83, 0.83>, 7.5)
  object { Chair rotate y*205 }
  Cam(<-0.2, 2.2, -9>, <0, 1.0, 0>, 19)
#end
